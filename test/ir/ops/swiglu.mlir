// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // CHECK: xf.swiglu %{{.*}}, %{{.*}} layer 0 as "m" : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %y = xf.swiglu %x, %x layer 0 as "m" : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @rows_differ {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  %o = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  // expected-error @+1 {{swiglu: x (tokens x 64) and up (outputs x 64) differ}}
  %y = xf.swiglu %x, %o : (!xf.rows<tokens x 64>, !xf.rows<outputs x 64>) -> !xf.rows<tokens x 64>
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
