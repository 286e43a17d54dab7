# MLIR, linked statically, for the module `ir` and tools/ingot_opt.cc and nobody else. Included at the top, since imported
# targets are seen only from the directory that found them downwards.
find_package(MLIR ${INGOT_MLIR_VERSION} REQUIRED CONFIG HINTS ${INGOT_MLIR_HINT})
set(INGOT_MLIR_INCLUDE_DIRS ${LLVM_INCLUDE_DIRS})
find_program(INGOT_MLIR_TBLGEN mlir-tblgen HINTS ${LLVM_TOOLS_BINARY_DIR} REQUIRED)

# Debian exports MLIR's libraries as needing the shared LLVM: point them at the archive.
foreach(target IN LISTS MLIR_EXPORTED_TARGETS)
  if(TARGET ${target})
    get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
    if(libraries AND "LLVM" IN_LIST libraries)
      list(REMOVE_ITEM libraries LLVM)
      set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${libraries};LLVMSupport")
    endif()
  endif()
endforeach()
set_target_properties(LLVMSupport PROPERTIES INTERFACE_LINK_LIBRARIES "LLVMDemangle;dl;m;rt")

# Compiler settings of a target that includes MLIR: its headers are the system's, and RTTI is as in its libraries.
function(ingot_use_mlir target)
  target_include_directories(${target} SYSTEM PRIVATE ${INGOT_MLIR_INCLUDE_DIRS} ${CMAKE_BINARY_DIR}/tablegen)
  if(NOT LLVM_ENABLE_RTTI)
    target_compile_options(${target} PRIVATE -fno-rtti)
  endif()
endfunction()

# ingot_tablegen(TARGET ingot_ir SOURCE ir/dialect/ops.td OUTPUTS ops.h.inc=-gen-op-decls ...): runs mlir-tblgen; an
# output is included as "ingot/<folder of the source>/<output>".
function(ingot_tablegen)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;SOURCE" "OUTPUTS")
  cmake_path(GET arg_SOURCE PARENT_PATH folder)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SOURCE})
  set(files)
  foreach(pair IN LISTS arg_OUTPUTS)
    string(REGEX MATCH "^([^=]+)=(.+)$" matched ${pair})
    string(REPLACE "," ";" flags ${CMAKE_MATCH_2})
    set(out ${CMAKE_BINARY_DIR}/tablegen/ingot/${folder}/${CMAKE_MATCH_1})
    add_custom_command(OUTPUT ${out}
      COMMAND ${INGOT_MLIR_TBLGEN} ${flags} -I ${CMAKE_SOURCE_DIR} -I ${LLVM_INCLUDE_DIRS} ${source} -o ${out} -d ${out}.d
      DEPENDS ${source} DEPFILE ${out}.d VERBATIM)
    list(APPEND files ${out})
  endforeach()
  target_sources(${arg_TARGET} PRIVATE ${files})
endfunction()
