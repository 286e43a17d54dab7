// The shapes that kernels of an op are held to: sizes 1, 2 and odd ones, around vectors, tiles and
// workgroups, with tails, and every weight format.
#pragma once

#include <span>
#include <string_view>

namespace ingot::verify {

// As MakeCase reads them; none for an op without cases.
std::span<const std::string_view> ShapesOf(std::string_view op);
// Its parts of the ops that give every element by itself, and of norms and softmaxes; empty for
// others.
std::span<const std::string_view> ElementwiseShapesOf(std::string_view op);
std::span<const std::string_view> NormShapesOf(std::string_view op);

// Shapes whose workgroups are more than an axis of the grid holds, or whose loops are long; they
// take a software GPU seconds. Empty for most ops.
std::span<const std::string_view> LargeShapesOf(std::string_view op);

}  // namespace ingot::verify
