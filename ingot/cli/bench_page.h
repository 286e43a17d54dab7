// The report of `bench kernels` as one page that needs nothing else: two plots and a table, for a
// light and a dark screen, without scripts. It is XML too, so that any parser can check it.
#pragma once

#include <string>

#include "ingot/cli/bench_report.h"

namespace ingot::cli {

std::string BenchPage(const BenchReport& report);

}  // namespace ingot::cli
