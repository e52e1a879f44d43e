// The pieces of charts as SVG. Colours of text, grid and ground are those of the page around the
// chart, where it has them as --ink, --grid and --ground; else they are for white paper.
#pragma once

#include <string>
#include <string_view>

namespace penstock::bench {

// What has a meaning in SVG and HTML is escaped.
std::string escaped(std::string_view text);
// As short as its six digits allow.
std::string svg_number(double value);

enum class Anchor { kStart, kMiddle, kEnd };

std::string svg_open(double width, double height);
std::string svg_text(double x, double y, Anchor anchor, std::string_view text);
std::string svg_grid_line(double x1, double y1, double x2, double y2);
// A line in the colour of text.
std::string svg_line(double x1, double y1, double x2, double y2);
// `hint`: what is shown when the pointer is on it; may be empty.
std::string svg_rectangle(double x, double y, double width, double height, std::string_view color,
                          std::string_view hint = {});

// The next of 1, 2 and 5 times a power of ten. `step` is positive.
double round_step(double step);

// Colours that can be told apart on light and dark ground; from the first again after the last.
std::string_view chart_color(std::size_t number);

}  // namespace penstock::bench
