// The dialect `xf`: what a transformer computes on rows of f32 activations, with its types and
// attributes. The ops are in ops.td.
#ifndef INGOT_IR_DIALECT_DIALECT_TD
#define INGOT_IR_DIALECT_DIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"

def Xf_Dialect : Dialect {
  let name = "xf";
  let summary = "transformer inference, unfused and in paper order";
  let cppNamespace = "::ingot::ir::xf";
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let usePropertiesForAttributes = 0;
}

class Xf_Type<string cpp_name, string type_mnemonic> : TypeDef<Xf_Dialect, cpp_name> {
  let mnemonic = type_mnemonic;
  let genVerifyDecl = 1;
}

def Xf_Rows : Xf_Type<"Rows", "rows"> {
  let summary = "f32 activations [rows, features]: `!xf.rows<tokens x 640>`";
  let description = [{
    The number of rows is a constant or one of the symbols `tokens` (rows of this run) and `outputs`
    (trailing rows whose logits are wanted).
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$features);
  let hasCustomAssemblyFormat = 1;
}

def Xf_Ids : Xf_Type<"Ids", "ids"> {
  let summary = "token ids, u32 [rows]: `!xf.ids<tokens>`";
  let parameters = (ins "int64_t":$rows);
  let hasCustomAssemblyFormat = 1;
}

def Xf_Routes : Xf_Type<"Routes", "routes"> {
  let summary = "the experts that each row is sent to, u32 [rows, top_k]: `!xf.routes<tokens x 2 of 8>`";
  let description = "The last number is how many experts there are to choose from.";
  let parameters = (ins "int64_t":$rows, "int64_t":$top_k, "int64_t":$experts);
  let hasCustomAssemblyFormat = 1;
}

def Xf_Order : Xf_Type<"Order", "order"> {
  let summary = "pairs of a row and one of its experts, expert by expert, u32: `!xf.order<tokens x 2 of 8>`";
  let description = [{
    Where each expert's pairs begin, experts + 1 numbers; then the pairs. Memory is of [rows, top_k +
    experts + 1].
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$top_k, "int64_t":$experts);
  let hasCustomAssemblyFormat = 1;
}

def Xf_Weight : Xf_Type<"Weight", "weight"> {
  let summary = "a weight [N, K], K contiguous: `!xf.weight<2048x640, q4_k>`";
  let description = [{
    The layout is `blocks`, as in the model file, and then left out; or the name of the layout that a
    kernel wants it repacked to: `!xf.weight<2048x640, q4_k, tiles16>`.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$cols, "::ingot::DType":$dtype,
                        StringRefParameter<"layout">:$layout);
  let hasCustomAssemblyFormat = 1;
}

def Xf_Vec : Xf_Type<"Vec", "vec"> {
  let summary = "a small f32 vector of the model: `!xf.vec<640>`";
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
}

def Xf_Table : Xf_Type<"Table", "table"> {
  let summary = "cos and sin of a rotary embedding, f32 [capacity, rot]: `!xf.table<64>`";
  let parameters = (ins "int64_t":$rot);
  let assemblyFormat = "`<` $rot `>`";
}

def Xf_Kv : Xf_Type<"Kv", "kv"> {
  let summary = "keys and values of one layer, [2, 1, kv_heads, capacity, head_dim]: `!xf.kv<8 x 64>`";
  let parameters = (ins "int64_t":$kv_heads, "int64_t":$head_dim);
  let hasCustomAssemblyFormat = 1;
}

class Xf_Attr<string cpp_name, string attr_mnemonic> : AttrDef<Xf_Dialect, cpp_name> {
  let mnemonic = attr_mnemonic;
}

def Xf_Part : Xf_Attr<"Part", "part"> {
  let summary = "rows [begin, begin + rows) of a stored tensor";
  let parameters = (ins StringRefParameter<"name in the file">:$tensor, "int64_t":$begin, "int64_t":$rows);
  let assemblyFormat = "`<` $tensor `,` $begin `,` $rows `>`";
}

def Xf_Kernel : Xf_Attr<"Kernel", "kernel"> {
  let summary = "the kernel that select-kernels chose, with every override";
  let parameters = (ins StringRefParameter<"name">:$name, StringRefParameter<"may be empty">:$variant,
                        "::mlir::DictionaryAttr":$overrides);
  let assemblyFormat = "`<` $name `,` $variant `,` $overrides `>`";
}

#endif  // INGOT_IR_DIALECT_DIALECT_TD
