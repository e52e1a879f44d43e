// To the next multiple: of memory that is cut into aligned pieces.
#pragma once

#include <cstddef>

namespace penstock {

constexpr std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace penstock
