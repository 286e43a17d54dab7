// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // CHECK: xf.swiglu_oai %{{.*}}, %{{.*}} limit 7.000000e+00 alpha 1.702000e+00 : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.swiglu_oai %x, %x limit 7.0 alpha 1.702 : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @negative_limit {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{swiglu_oai: limit (-7.000000e+00) is negative}}
  %y = xf.swiglu_oai %x, %x limit -7.0 alpha 1.702 : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
