// The passes over one `xf.graph`. pipeline.cc says in which order they run, and why.
#ifndef INGOT_IR_PASSES_PASSES_TD
#define INGOT_IR_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

class Xf_Pass<string argument> : Pass<argument, "::ingot::ir::xf::GraphOp"> {
  // passes.h declares a function of this name; it takes the Session.
  let constructor = "passes.h";
}

def EnterPhasePass : Xf_Pass<"enter-phase"> {
  let summary = "the graph becomes that of one phase; in decode, tokens and outputs are 1";
  let description = [{
    before: `xf.graph @m { ... !xf.rows<tokens x 64> ... !xf.rows<outputs x 64> ... }`
    after:  `xf.graph @m phase "decode" { ... !xf.rows<1 x 64> ... !xf.rows<1 x 64> ... }`
  }];
  let options = [Option<"phase", "phase", "std::string", "\"decode\"", "prefill or decode">];
}

def FoldConstantsPass : Xf_Pass<"fold-constants"> {
  let summary = "what is known when the model is loaded is computed; the results are bit-exact";
  let description = [{
    `scale` by 1 and `last_rows` of one row are their operand; two scales become one where one of
    the factors is a power of two.

    before: `%a = xf.scale %x by 2.0   %b = xf.scale %a by 3.0`
    after:  `%b = xf.scale %x by 6.0`
  }];
}

def EliminateDeadOpsPass : Xf_Pass<"eliminate-dead-ops"> {
  let summary = "ops and weights without a user or an effect go";
  let description = [{
    Small vectors stay: both phases pack the same ones.

    before: `%a = xf.silu %x   %b = xf.relu %x   xf.return %b`
    after:  `%b = xf.relu %x   xf.return %b`
  }];
}

def JoinOpsPass : Xf_Pass<"join-ops"> {
  let summary = "two ops become one where a kernel serves both in one dispatch";
  let description = [{
    A product and the sum with a residual, an activation and the product with the other half of a
    gate, the rotation of keys and their way into the cache. Not where a rule of higher rank speaks
    of one of the two, or another op reads the value between them.

    before: `%o = xf.matmul %a, %w   %r = xf.add %h, %o`
    after:  `%r = xf.matmul_add %a, %w, %h`
  }];
}

def ExpandFusedPass : Xf_Pass<"expand-fused"> {
  let summary = "a group's body is inlined where no kernel serves the group";
  let description = [{
    before: `%y = xf.fused %x { %s = xf.silu %x   xf.yield %s }`
    after:  `%y = xf.silu %x`
  }];
}

def GroupExpertsPass : Xf_Pass<"group-experts"> {
  let summary = "in prefill, products with the weights of experts are taken expert by expert";
  let description = [{
    Where the resolver has a kernel for expert_matmul_grouped and no rule of higher rank one for
    expert_matmul, and a whole chunk has as many pairs as there are experts.

    before: `%g = xf.expert_matmul %n, %w, %routes`
    after:  `%order = xf.expert_order %routes   %g = xf.expert_matmul_grouped %n, %w, %order`
  }];
}

def SplitAttentionPass : Xf_Pass<"split-attention"> {
  let summary = "attention whose keys several workgroups share becomes attention_split and attention_merge";
  let description = [{
    Where the resolver has a kernel for attention_split, and no rule of higher rank one for
    attention itself. The kernel's override SPLITS says how many share, 1 that none do.

    before: `%y = xf.attention %q, %kv heads 4 scale 0.25`
    after:  `%s = xf.attention_split %q, %kv heads 4 scale 0.25 splits 32
             %y = xf.attention_merge %s heads 4 splits 32`
  }];
}

def SelectKernelsPass : Xf_Pass<"select-kernels"> {
  let summary = "each op gets the kernel, variant and overrides that the resolver chooses";
  let description = [{
    A weight that a kernel wants repacked is named again with that layout. Where a kernel works in
    place on a value that is needed later, a scale by 1 makes the copy.

    before: `%y = xf.silu %x`
    after:  `%y = xf.silu %x {xf.kernel = #xf.kernel<"silu", "", {}>}`
  }];
}

def PlaceBuffersPass : Xf_Pass<"place-buffers"> {
  let summary = "each result gets a buffer; scratch is used again when its last reader is done";
  let description = [{
    A result never shares the buffer of an operand, but for kernels that work in place. In a decode
    step of a GPU no two results share one, so that what is independent may overlap.

    before: `%y = xf.silu %x`
    after:  `%y = xf.silu %x {xf.buffer = "s1"}`
  }];
}

def EmitProgramPass : Xf_Pass<"emit-program"> {
  let summary = "the Program: a dispatch for each op, checked; the graph stays as it is";
  let description = [{
    before: `%y = xf.silu %x {xf.buffer = "s1", xf.kernel = ...}`
    after:  the same, and a dispatch with the bindings and uniforms that the kernel lists
  }];
}

#endif  // INGOT_IR_PASSES_PASSES_TD
