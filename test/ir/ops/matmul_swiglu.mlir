// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %g = xf.weight "g"[0:96] : !xf.weight<96x64, q8_0>
  %u = xf.weight "u"[0:96] : !xf.weight<96x64, q8_0>
  // CHECK: xf.matmul_swiglu %{{.*}}, %{{.*}}, %{{.*}} layer 0 role "gate_proj" as "m" : (!xf.rows<tokens x 64>, !xf.weight<96x64, q8_0>, !xf.weight<96x64, q8_0>) -> !xf.rows<tokens x 96>
  %y = xf.matmul_swiglu %x, %g, %u layer 0 role "gate_proj" as "m" : (!xf.rows<tokens x 64>, !xf.weight<96x64, q8_0>, !xf.weight<96x64, q8_0>) -> !xf.rows<tokens x 96>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @formats_differ {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %g = xf.weight "g"[0:96] : !xf.weight<96x64, q8_0>
  %u = xf.weight "u"[0:96] : !xf.weight<96x64, f16>
  // expected-error @+1 {{matmul_swiglu: gate ('!xf.weight<96x64, q8_0>') and up ('!xf.weight<96x64, f16>') differ}}
  %y = xf.matmul_swiglu %x, %g, %u : (!xf.rows<tokens x 64>, !xf.weight<96x64, q8_0>, !xf.weight<96x64, f16>) -> !xf.rows<tokens x 96>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
