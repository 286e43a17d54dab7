// RUN: ingot-opt %s -split-input-file -verify-diagnostics | ingot-opt -split-input-file | FileCheck %s

// CHECK-LABEL: xf.graph @valid
xf.graph @valid {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // CHECK: xf.top_k %{{.*}} take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  %p, %routes = xf.top_k %x take 2 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 2>, !xf.routes<tokens x 2 of 64>)
  // CHECK: xf.top_k %{{.*}} take 64 renormalise layer 1 role "router" as "w" : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 64>, !xf.routes<tokens x 64 of 64>)
  %q, %all = xf.top_k %x take 64 renormalise layer 1 role "router" as "w" : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 64>, !xf.routes<tokens x 64 of 64>)
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}

// -----

xf.graph @more_than_there_are {
  %ids = xf.tokens : !xf.ids<tokens>
  %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
  %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
  // expected-error @+1 {{top_k: experts of a row (65) is not in (1..64)}}
  %p, %routes = xf.top_k %x take 65 : (!xf.rows<tokens x 64>) -> (!xf.rows<tokens x 64>, !xf.routes<tokens x 64 of 64>)
  %l = xf.last_rows %x : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
  xf.return %l : !xf.rows<outputs x 64>
}
