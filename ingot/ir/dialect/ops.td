// The ops of `xf`. A summary is the op's formula; docs/ops.md says what its kernels are given.
#ifndef INGOT_IR_DIALECT_OPS_TD
#define INGOT_IR_DIALECT_OPS_TD

include "ingot/ir/dialect/dialect.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Xf_KernelOp : OpInterface<"KernelOp"> {
  let description = "An op that a kernel serves.";
  let cppNamespace = "::ingot::ir::xf";
  let methods = [InterfaceMethod<
      "Lists the bindings, uniforms and overrides that the op's kernels may ask for by name.",
      "void", "offer", (ins "::ingot::ir::xf::Offer&":$offer)>];
}

class Xf_Op<string op_mnemonic, list<Trait> traits = []> : Op<Xf_Dialect, op_mnemonic, traits>;

def Xf_Named : DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>;

// ---- The frame

def Xf_GraphOp : Xf_Op<"graph", [IsolatedFromAbove, Symbol, SingleBlock, NoRegionArguments]> {
  let summary = "a model: its sources and ops in paper order, ending with the logits";
  let description = "Example: `xf.graph @tiny { ... xf.return %logits : !xf.rows<outputs x 256> }`.";
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<StrAttr>:$phase);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name (`phase` $phase^)? attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def Xf_ReturnOp : Xf_Op<"return", [Pure, Terminator, HasParent<"GraphOp">]> {
  let summary = "the logits of a graph";
  let arguments = (ins Xf_Rows:$logits);
  let assemblyFormat = "$logits attr-dict `:` qualified(type($logits))";
}

def Xf_FusedOp : Xf_Op<"fused", [IsolatedFromAbove, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "a group of ops that one kernel is to serve; the body is its meaning";
  let description = [{
    The body sees the operands under their own names. Inlining it gives back the unfused graph.

        %a = xf.fused %n, %w : (!xf.rows<tokens x 64>, !xf.weight<96x64, f16>) -> !xf.rows<tokens x 96> {
          %g = xf.matmul %n, %w : (!xf.rows<tokens x 64>, !xf.weight<96x64, f16>) -> !xf.rows<tokens x 96>
          %s = xf.silu %g : (!xf.rows<tokens x 96>) -> !xf.rows<tokens x 96>
          xf.yield %s : !xf.rows<tokens x 96>
        }
  }];
  let arguments = (ins Variadic<AnyType>:$inputs);
  let results = (outs Variadic<Xf_Rows>:$ys);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Xf_YieldOp : Xf_Op<"yield", [Pure, Terminator, HasParent<"FusedOp">]> {
  let summary = "the results of a group";
  let arguments = (ins Variadic<Xf_Rows>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` qualified(type($values)))?";
}

// ---- Sources: what the model file and the run bring

// A source's result is printed under a name that says what it is.
class Xf_Source<string op_mnemonic, list<Trait> traits = [Pure]>
    : Xf_Op<op_mnemonic, !listconcat([HasParent<"GraphOp">, Xf_Named], traits)>;

def Xf_WeightOp : Xf_Source<"weight"> {
  let summary = "parts of stored tensors, joined one below the other";
  let description = [{
    Example: `%w = xf.weight "blk.0.attn_q.weight"[0:2048] + "blk.0.attn_k.weight"[0:512] :
    !xf.weight<2560x2048, q4_k>`.
  }];
  let arguments = (ins TypedArrayAttrBase<Xf_Part, "parts of stored tensors">:$parts);
  let results = (outs Xf_Weight:$y);
  let assemblyFormat = "custom<Parts>($parts) attr-dict `:` qualified(type($y))";
  let hasVerifier = 1;
}

// Not Pure, so that a vector without a user stays: both phases pack the same ones.
def Xf_VectorOp : Xf_Source<"vector", []> {
  let summary = "a small stored vector, widened to f32";
  let description = "Example: `%v = xf.vector \"blk.0.attn_norm.weight\" : !xf.vec<2048>`.";
  let arguments = (ins StrAttr:$tensor);
  let results = (outs Xf_Vec:$y);
  let assemblyFormat = "$tensor attr-dict `:` qualified(type($y))";
}

def Xf_TableOp : Xf_Source<"table"> {
  let summary = "factor * cos, factor * sin of 2 * pi * position * turns[pair]";
  let description = [{
    With `interleaved`, pair j is dims (2j, 2j+1), else (j, j + rot/2).
    Example: `%t = xf.table "main" turns [0.15, 0.01] factor 1.0 interleaved : !xf.table<4>`.
  }];
  let arguments = (ins StrAttr:$name, DenseF64ArrayAttr:$turns, F64Attr:$factor, UnitAttr:$interleaved);
  let results = (outs Xf_Table:$y);
  let assemblyFormat =
      "$name `turns` custom<Numbers>($turns) `factor` $factor (`interleaved` $interleaved^)? attr-dict `:` qualified(type($y))";
  let hasVerifier = 1;
}

def Xf_CacheOp : Xf_Source<"cache"> {
  let summary = "the keys and values of one layer";
  let description = "Example: `%kv = xf.cache \"kv\" layer 3 : !xf.kv<8 x 64>`.";
  let arguments = (ins StrAttr:$name, I64Attr:$layer);
  let results = (outs Xf_Kv:$y);
  let assemblyFormat = "$name `layer` $layer attr-dict `:` qualified(type($y))";
  let hasVerifier = 1;
}

def Xf_TokensOp : Xf_Source<"tokens"> {
  let summary = "the ids of the run's tokens";
  let description = "Example: `%ids = xf.tokens : !xf.ids<tokens>`.";
  let results = (outs Xf_Ids:$y);
  let assemblyFormat = "attr-dict `:` qualified(type($y))";
}

// ---- Ops that kernels serve. Each may say its layer, its role there ("q_proj", what profiles
// select by) and the name of its result in traces.

def Xf_TopK : ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<1024>]>;
def Xf_Layer : ConfinedAttr<I64Attr, [IntNonNegative, IntMaxValue<2147483646>]>;

class Xf_Compute<string op_mnemonic, list<Trait> traits, dag operands, string syntax>
    : Xf_Op<op_mnemonic, !listconcat([DeclareOpInterfaceMethods<Xf_KernelOp>], traits)> {
  let arguments = !con(operands, (ins OptionalAttr<Xf_Layer>:$layer, OptionalAttr<StrAttr>:$role,
                                      OptionalAttr<StrAttr>:$as));
  let assemblyFormat = syntax # " (`layer` $layer^)? (`role` $role^)? (`as` $as^)? attr-dict `:` "
                              # "functional-type(operands, results)";
  let hasVerifier = 1;
}

// An op with one result and no effect. The result is printed as %NAME.LAYER.
class Xf_Function<string op_mnemonic, dag operands, string syntax, list<Trait> effects = [Pure]>
    : Xf_Compute<op_mnemonic, !listconcat([DeclareOpInterfaceMethods<InferTypeOpInterface>, Xf_Named], effects),
                 operands, syntax> {
  let results = (outs Xf_Rows:$y);
  code names = [{
    void $cppClass::getAsmResultNames(::mlir::OpAsmSetValueNameFn set) {
      NameResult(getAs(), getLayer(), getY(), set);
    }
  }];
  let extraClassDefinition = names;
}

// The result has the type of the first operand.
class Xf_SameRows<string op_mnemonic, dag operands, string syntax, list<Trait> effects = [Pure]>
    : Xf_Function<op_mnemonic, operands, syntax, effects> {
  code infer = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext*, ::std::optional<::mlir::Location>, ::mlir::ValueRange operands,
        ::mlir::DictionaryAttr, ::mlir::OpaqueProperties, ::mlir::RegionRange,
        ::llvm::SmallVectorImpl<::mlir::Type>& types) {
      types.push_back(operands[0].getType());
      return ::llvm::success();
    }
  }];
  let extraClassDefinition = names # infer;
}

class Xf_Unary<string op_mnemonic> : Xf_SameRows<op_mnemonic, (ins Xf_Rows:$x), "$x"> {
  let hasVerifier = 0;
  let extraClassDefinition = names # infer # [{
    void $cppClass::offer(Offer& offer) { OfferUnary(getX(), getY(), offer); }
  }];
}

class Xf_Binary<string op_mnemonic>
    : Xf_SameRows<op_mnemonic, (ins Xf_Rows:$a, Xf_Rows:$b), "$a `,` $b"> {
  let extraClassDefinition = names # infer # [{
    void $cppClass::offer(Offer& offer) { OfferBinary(getA(), getB(), getY(), offer); }
    ::llvm::LogicalResult $cppClass::verify() { return VerifySameRows(*this, "a", getA(), "b", getB()); }
  }];
}

// An activation of x, and a product with up.
class Xf_Gate<string op_mnemonic>
    : Xf_SameRows<op_mnemonic, (ins Xf_Rows:$x, Xf_Rows:$up), "$x `,` $up"> {
  let extraClassDefinition = names # infer # [{
    void $cppClass::offer(Offer& offer) { OfferGate(getX(), getUp(), getY(), offer); }
    ::llvm::LogicalResult $cppClass::verify() { return VerifySameRows(*this, "x", getX(), "up", getUp()); }
  }];
}

def Xf_EmbedOp : Xf_Function<"embed", (ins Xf_Ids:$ids, Xf_Weight:$w), "$ids `,` $w"> {
  let summary = "y[r, :] = w[ids[r], :]";
  let description = [{
    Example: `%h = xf.embed %ids, %w : (!xf.ids<tokens>, !xf.weight<256x64, f16>) -> !xf.rows<tokens x 64>`.
  }];
  let hasVerifier = 0;
}

def Xf_RmsNormOp : Xf_SameRows<"rms_norm", (ins Xf_Rows:$x, Xf_Vec:$w, F64Attr:$eps), "$x `,` $w `eps` $eps"> {
  let summary = "y = x / sqrt(mean(x^2) + eps) * w, over each run of count(w) features";
  let description = [{
    Example: `%n = xf.rms_norm %h, %v eps 1.0e-05 layer 0 as "n" :
    (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>`.
  }];
}

def Xf_LayerNormOp : Xf_SameRows<"layer_norm", (ins Xf_Rows:$x, Xf_Vec:$w, Optional<Xf_Vec>:$b, F64Attr:$eps),
                                 "$x `,` $w (`,` $b^)? `eps` $eps"> {
  let summary = "y = (x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps) * w + b";
  let description = [{
    Example: `%n = xf.layer_norm %h, %w, %b eps 1.0e-05 :
    (!xf.rows<tokens x 64>, !xf.vec<64>, !xf.vec<64>) -> !xf.rows<tokens x 64>`.
  }];
}

def Xf_MatMulOp : Xf_Function<"matmul", (ins Xf_Rows:$x, Xf_Weight:$w), "$x `,` $w"> {
  let summary = "y[r, n] = sum over k of x[r, k] * w[n, k]";
  let description = [{
    Example: `%q = xf.matmul %n, %w layer 0 role "q_proj" :
    (!xf.rows<tokens x 64>, !xf.weight<128x64, f16>) -> !xf.rows<tokens x 128>`.
  }];
}

// join-ops makes the next two, the gated activations and rope_kv_write where one kernel serves the
// ops that they stand for.
def Xf_MatMulAddOp : Xf_Function<"matmul_add", (ins Xf_Rows:$x, Xf_Weight:$w, Xf_Rows:$residual),
                                 "$x `,` $w `,` $residual"> {
  let summary = "y[r, n] = residual[r, n] + sum over k of x[r, k] * w[n, k]";
  let description = [{
    Example: `%h = xf.matmul_add %a, %w, %r : (!xf.rows<tokens x 128>, !xf.weight<64x128, f16>,
    !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>`.
  }];
}

def Xf_MatMulSwigluOp : Xf_Function<"matmul_swiglu", (ins Xf_Rows:$x, Xf_Weight:$gate, Xf_Weight:$up),
                                    "$x `,` $gate `,` $up"> {
  let summary = "y = silu(matmul(x, gate)) * matmul(x, up)";
  let description = [{
    Example: `%m = xf.matmul_swiglu %n, %g, %u : (!xf.rows<tokens x 64>, !xf.weight<128x64, f16>,
    !xf.weight<128x64, f16>) -> !xf.rows<tokens x 128>`.
  }];
}

def Xf_AddBiasOp : Xf_SameRows<"add_bias", (ins Xf_Rows:$x, Xf_Vec:$bias), "$x `,` $bias"> {
  let summary = "y[r, i] = x[r, i] + bias[i]";
  let description = [{
    Example: `%y = xf.add_bias %q, %b : (!xf.rows<tokens x 64>, !xf.vec<64>) -> !xf.rows<tokens x 64>`.
  }];
}

def Xf_RopeOp : Xf_SameRows<"rope", (ins Xf_Rows:$x, Xf_Table:$table, I64Attr:$heads),
                            "$x `,` $table `heads` $heads"> {
  let summary = "each pair (a, b) of a head's first rot dims becomes (a*cos - b*sin, a*sin + b*cos)";
  let description = [{
    Example: `%r = xf.rope %q, %t heads 4 : (!xf.rows<tokens x 64>, !xf.table<16>) -> !xf.rows<tokens x 64>`.
  }];
}

def Xf_KvWriteOp : Xf_Compute<"kv_write", [],
                              (ins Arg<Xf_Kv, "cache", [MemWrite]>:$cache, Xf_Rows:$k, Xf_Rows:$v),
                              "$cache `,` $k `,` $v"> {
  let summary = "cache[0, 0, head, position + r, :] = k[r, head, :]; cache[1, ...] = v";
  let description = [{
    Example: `xf.kv_write %kv, %k, %v : (!xf.kv<2 x 16>, !xf.rows<tokens x 32>, !xf.rows<tokens x 32>) -> ()`.
  }];
}

def Xf_RopeKvWriteOp
    : Xf_Compute<"rope_kv_write", [],
                 (ins Arg<Xf_Kv, "cache", [MemWrite]>:$cache, Xf_Rows:$k, Xf_Rows:$v, Xf_Table:$table),
                 "$cache `,` $k `,` $v `,` $table"> {
  let summary = "kv_write of rope(k) and v";
  let description = [{
    Example: `xf.rope_kv_write %kv, %k, %v, %t :
    (!xf.kv<2 x 16>, !xf.rows<tokens x 32>, !xf.rows<tokens x 32>, !xf.table<16>) -> ()`.
  }];
}

def Xf_AttentionOp
    : Xf_SameRows<"attention",
                  (ins Xf_Rows:$q, Arg<Xf_Kv, "cache", [MemRead]>:$cache, Optional<Xf_Vec>:$sinks,
                       I64Attr:$heads, F64Attr:$scale, DefaultValuedAttr<I64Attr, "0">:$window,
                       DefaultValuedAttr<F64Attr, "0.0">:$softcap),
                  "$q `,` $cache (`,` $sinks^)? `heads` $heads `scale` $scale (`window` $window^)? "
                  "(`softcap` $softcap^)?", []> {
  let summary = "y = softmax(cap(scale * q.k) where 0 <= q - k < window).v, heads in groups over kv_heads";
  let description = [{
    Causal. Window 0: all earlier keys. Softcap 0: no cap, else cap(s) = softcap * tanh(s / softcap).
    A sink is one score more for its head, without a value.
    Example: `%a = xf.attention %q, %kv heads 4 scale 0.25 window 512 :
    (!xf.rows<tokens x 64>, !xf.kv<2 x 16>) -> !xf.rows<tokens x 64>`.
  }];
}

// attention_split and attention_merge are one attention: split-attention makes them of it. A head's
// state of a split is head_dim + 4 numbers: the largest score m, the sum l of e^(s - m), two zeros,
// and the sum of e^(s - m) * v.
def Xf_AttentionSplitOp
    : Xf_Function<"attention_split",
                  (ins Xf_Rows:$q, Arg<Xf_Kv, "cache", [MemRead]>:$cache, I64Attr:$heads, F64Attr:$scale,
                       DefaultValuedAttr<I64Attr, "0">:$window, DefaultValuedAttr<F64Attr, "0.0">:$softcap,
                       I64Attr:$splits),
                  "$q `,` $cache `heads` $heads `scale` $scale (`window` $window^)? (`softcap` $softcap^)? "
                  "`splits` $splits", []> {
  let summary = "y[r, h, i, :] = (m, l, 0, 0, acc) of attention over the i-th run of the keys that row r sees";
  let description = [{
    The keys are told out in runs of one length; the last ones may be short or empty: (-max, 0, 0, 0, 0...).
    Example: `%s = xf.attention_split %q, %kv heads 4 scale 0.25 splits 8 :
    (!xf.rows<1 x 64>, !xf.kv<2 x 16>) -> !xf.rows<1 x 640>`.
  }];
}

def Xf_AttentionMergeOp
    : Xf_Function<"attention_merge", (ins Xf_Rows:$part, Optional<Xf_Vec>:$sinks, I64Attr:$heads, I64Attr:$splits),
                  "$part (`,` $sinks^)? `heads` $heads `splits` $splits"> {
  let summary = "y[r, h, :] = sum over i of e^(m_i - M) * acc_i / sum over i of e^(m_i - M) * l_i, M = the largest m_i";
  let description = [{
    With sinks, M is not below the head's, and e^(sink - M) is one addend more of the divisor.
    Example: `%a = xf.attention_merge %s heads 4 splits 8 : (!xf.rows<1 x 640>) -> !xf.rows<1 x 64>`.
  }];
}

def Xf_SoftmaxOp : Xf_SameRows<"softmax", (ins Xf_Rows:$x), "$x"> {
  let summary = "y[r, i] = exp(x[r, i] - max(x[r, :])) / sum over j of exp(x[r, j] - max(x[r, :]))";
  let description = "Example: `%y = xf.softmax %x : (!xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.";
  let hasVerifier = 0;
}

def Xf_SiluOp : Xf_Unary<"silu"> {
  let summary = "y = x / (1 + exp(-x))";
  let description = "Example: `%y = xf.silu %x : (!xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.";
}
def Xf_GeluTanhOp : Xf_Unary<"gelu_tanh"> {
  let summary = "y = x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))";
  let description = "Example: `%y = xf.gelu_tanh %x : (!xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.";
}
def Xf_GeluOp : Xf_Unary<"gelu"> {
  let summary = "y = x / 2 * (1 + erf(x / sqrt(2)))";
  let description = "Example: `%y = xf.gelu %x : (!xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.";
}
def Xf_ReluOp : Xf_Unary<"relu"> {
  let summary = "y = max(x, 0)";
  let description = "Example: `%y = xf.relu %x : (!xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.";
}
def Xf_SigmoidOp : Xf_Unary<"sigmoid"> {
  let summary = "y = 1 / (1 + exp(-x))";
  let description = "Example: `%y = xf.sigmoid %x : (!xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.";
}

def Xf_AddOp : Xf_Binary<"add"> {
  let summary = "y = a + b";
  let description = [{
    Example: `%y = xf.add %a, %b : (!xf.rows<tokens x 8>, !xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.
  }];
}
def Xf_MulOp : Xf_Binary<"mul"> {
  let summary = "y = a * b";
  let description = [{
    Example: `%y = xf.mul %a, %b : (!xf.rows<tokens x 8>, !xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.
  }];
}

def Xf_SwigluOaiOp : Xf_SameRows<"swiglu_oai", (ins Xf_Rows:$x, Xf_Rows:$up, F64Attr:$limit, F64Attr:$alpha),
                                 "$x `,` $up `limit` $limit `alpha` $alpha"> {
  let summary = "y = g * sigmoid(alpha * g) * (u + 1), g = min(x, limit), u = up between -limit and limit";
  let description = [{
    Example: `%y = xf.swiglu_oai %x, %up limit 7.0 alpha 1.702 :
    (!xf.rows<tokens x 8>, !xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.
  }];
}

def Xf_SwigluOp : Xf_Gate<"swiglu"> {
  let summary = "y = silu(x) * up";
  let description = [{
    Example: `%y = xf.swiglu %x, %up : (!xf.rows<tokens x 8>, !xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.
  }];
}
def Xf_GegluOp : Xf_Gate<"geglu"> {
  let summary = "y = gelu_tanh(x) * up";
  let description = [{
    Example: `%y = xf.geglu %x, %up : (!xf.rows<tokens x 8>, !xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.
  }];
}

def Xf_ScaleOp : Xf_SameRows<"scale", (ins Xf_Rows:$x, F64Attr:$factor), "$x `by` $factor"> {
  let summary = "y = factor * x";
  let description = "Example: `%y = xf.scale %x by 25.3 : (!xf.rows<tokens x 8>) -> !xf.rows<tokens x 8>`.";
}

def Xf_SoftcapOp : Xf_SameRows<"softcap", (ins Xf_Rows:$x, F64Attr:$cap), "$x `at` $cap"> {
  let summary = "y = cap * tanh(x / cap)";
  let description = "Example: `%y = xf.softcap %x at 30.0 : (!xf.rows<outputs x 8>) -> !xf.rows<outputs x 8>`.";
}

def Xf_LastRowsOp : Xf_Function<"last_rows", (ins Xf_Rows:$x), "$x"> {
  let summary = "y = the last `outputs` rows of x";
  let description = "Example: `%l = xf.last_rows %h : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>`.";
}

// ---- Experts. A row has top_k of them, whose features lie beside each other: [rows, top_k * n].
// The weights of all experts are one matrix, one expert below the other, and so are their biases.

def Xf_TopKOp : Xf_Compute<"top_k", [Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>, Xf_Named],
                           (ins Xf_Rows:$x, Xf_TopK:$top_k, UnitAttr:$renormalise),
                           "$x `take` $top_k (`renormalise` $renormalise^)?"> {
  let summary = "routes[r, :] = the top_k greatest of x[r, :], greatest first, ties to the lower index; y = their x";
  let description = [{
    With `renormalise`, y is divided by its sum over the row, at least 2^-14.
    Example: `%y, %routes = xf.top_k %s take 2 : (!xf.rows<tokens x 8>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 8>)`.
  }];
  let results = (outs Xf_Rows:$y, Xf_Routes:$routes);
  let extraClassDefinition = [{
    void $cppClass::getAsmResultNames(::mlir::OpAsmSetValueNameFn set) {
      NameResult(getAs(), getLayer(), getY(), set);
    }
  }];
}

def Xf_ExpertMatMulOp : Xf_Function<"expert_matmul", (ins Xf_Rows:$x, Xf_Weight:$w, Xf_Routes:$routes),
                                    "$x `,` $w `,` $routes"> {
  let summary = "y[r, j, n] = sum over k of x[r, j, k] * w[routes[r, j], n, k]";
  let description = [{
    Where x has the features of one expert only, all experts of a row get the same.
    Example: `%g = xf.expert_matmul %n, %w, %routes :
    (!xf.rows<tokens x 64>, !xf.weight<768x64, q8_0>, !xf.routes<tokens x 2 of 8>) -> !xf.rows<tokens x 192>`.
  }];
}

// group-experts makes the next two of an expert_matmul where a kernel serves them.
def Xf_ExpertOrderOp
    : Xf_Compute<"expert_order", [Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>, Xf_Named],
                 (ins Xf_Routes:$routes), "$routes"> {
  let summary = "the pairs (r, j) by their expert routes[r, j], those of one expert in their order";
  let description = [{
    Example: `%order = xf.expert_order %routes : (!xf.routes<tokens x 2 of 8>) -> !xf.order<tokens x 2 of 8>`.
  }];
  let results = (outs Xf_Order:$y);
  let extraClassDefinition = [{
    void $cppClass::getAsmResultNames(::mlir::OpAsmSetValueNameFn set) {
      NameResult(getAs(), getLayer(), getY(), set);
    }
  }];
  let hasVerifier = 0;
}

def Xf_ExpertMatMulGroupedOp
    : Xf_Function<"expert_matmul_grouped", (ins Xf_Rows:$x, Xf_Weight:$w, Xf_Order:$order),
                  "$x `,` $w `,` $order"> {
  let summary = "expert_matmul, all rows of an expert together";
  let description = [{
    Example: `%g = xf.expert_matmul_grouped %n, %w, %order :
    (!xf.rows<tokens x 64>, !xf.weight<768x64, q8_0>, !xf.order<tokens x 2 of 8>) -> !xf.rows<tokens x 192>`.
  }];
}

def Xf_ExpertBiasOp : Xf_SameRows<"expert_bias", (ins Xf_Rows:$x, Xf_Vec:$bias, Xf_Routes:$routes),
                                  "$x `,` $bias `,` $routes"> {
  let summary = "y[r, j, :] = x[r, j, :] + bias[routes[r, j], :]";
  let description = [{
    Example: `%y = xf.expert_bias %g, %b, %routes :
    (!xf.rows<tokens x 192>, !xf.vec<768>, !xf.routes<tokens x 2 of 8>) -> !xf.rows<tokens x 192>`.
  }];
}

def Xf_ExpertSumOp : Xf_Function<"expert_sum", (ins Xf_Rows:$x, Xf_Rows:$weights), "$x `,` $weights"> {
  let summary = "y[r, :] = sum over j, rising, of weights[r, j] * x[r, j, :]";
  let description = [{
    Example: `%y = xf.expert_sum %d, %weights :
    (!xf.rows<tokens x 128>, !xf.rows<tokens x 2>) -> !xf.rows<tokens x 64>`.
  }];
}

#endif  // INGOT_IR_DIALECT_OPS_TD
