#include "pictures/picture_grid.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "calotype/types/aten.h"
#include "pictures/label.h"
#include "pictures/require_memory.h"

namespace calotype {

namespace {

std::string size_text(const at::Tensor& picture) {
  return std::to_string(picture.size(3)) + " x " + std::to_string(picture.size(2));
}

/// All pictures, one by one.
std::vector<at::Tensor> pictures_of(const std::vector<Image>& images) {
  std::vector<at::Tensor> pictures;
  for (const Image& image : images) {
    if (image.pixels.dim() != 4 || image.pixels.size(1) != 3 || image.pixels.numel() == 0) {
      throw Error(ErrorCode::run, "the pictures must have the shape [B, 3, H, W], got " +
                                      c10::str(image.pixels.sizes()));
    }
    for (const at::Tensor& one : image.pixels.to(at::kCPU, at::kFloat).split(1)) {
      pictures.push_back(one);
    }
  }
  if (pictures.empty()) throw Error(ErrorCode::run, "there are no pictures to lay out");
  for (const at::Tensor& picture : pictures) {
    if (picture.sizes() != pictures.front().sizes()) {
      throw Error(ErrorCode::run,
                  "the pictures must be of one size, got " + size_text(pictures.front()) + " and " +
                      size_text(picture),
                  "resize them first");
    }
  }
  return pictures;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// As many columns as rows, or one more: the web UI's rule is round(sqrt(n)) rows.
std::int64_t columns_for(std::int64_t pictures) {
  const std::int64_t rows = std::llround(std::sqrt(static_cast<double>(pictures)));
  return (pictures + rows - 1) / rows;
}

}  // namespace

void PictureGrid::describe(Describe<PictureGrid>& d) {
  d.summary("Lay pictures out on one sheet, with labels.");
  d.input("images", &Inputs::images, "The pictures, all of one size; batches are taken apart.");
  d.param("columns", &Params::columns, "Pictures in a row; 0: about as many as there are rows.")
      .range(0, 1000);
  d.param("labels", &Params::labels,
          "A line of text for each picture, above it; without labels no room is left for them.");
  d.param("gap", &Params::gap, "Room between pictures.").range(0, 1024).unit("px");
  d.param("label_height", &Params::label_height, "Height of a label.").range(8, 256).unit("px");
  d.output("image", &Outputs::image, "The sheet, white where there is no picture.");
}

PictureGrid::Outputs PictureGrid::run(const Inputs& in, const Params& p, RunContext&) {
  const std::vector<at::Tensor> pictures = pictures_of(in.images);
  const std::vector<std::string> labels = lines_of(p.labels);
  const auto count = static_cast<std::int64_t>(pictures.size());
  if (labels.size() > pictures.size()) {
    throw Error(ErrorCode::run,
                "there are " + std::to_string(labels.size()) + " labels for " +
                    std::to_string(count) + " pictures",
                "give each picture one line");
  }
  const std::int64_t columns = std::min(p.columns > 0 ? p.columns : columns_for(count), count);
  const std::int64_t rows = (count + columns - 1) / columns;
  const std::int64_t above = labels.empty() ? 0 : p.label_height;
  const std::int64_t height = pictures.front().size(2);
  const std::int64_t width = pictures.front().size(3);
  const std::int64_t sheet_height = rows * (height + above + p.gap) - p.gap;
  const std::int64_t sheet_width = columns * (width + p.gap) - p.gap;
  require_memory(1, sheet_height, sheet_width, 3 * sizeof(float),
                 "choose a smaller gap, or resize the pictures first");
  at::Tensor sheet = at::ones({1, 3, sheet_height, sheet_width});
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t top = i / columns * (height + above + p.gap);
    const at::Tensor column = sheet.narrow(3, i % columns * (width + p.gap), width);
    column.narrow(2, top + above, height).copy_(pictures[at]);
    if (at < labels.size()) {
      column.narrow(2, top, above).sub_(draw_label(labels[at], width, above));
    }
  }
  return {{sheet}};
}

}  // namespace calotype
