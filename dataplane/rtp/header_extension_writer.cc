#include "dataplane/rtp/header_extension_writer.h"

#include <array>
#include <cstring>

#include "dataplane/base/endian.h"
#include "dataplane/rtp/header_extension.h"

namespace penstock {

namespace {

constexpr std::size_t kExtensionHeaderBytes = 4;

bool needs_two_byte_form(std::uint8_t id, std::size_t size) {
  return id > 14 || size == 0 || size > 16;
}

void write_element_header(std::uint8_t* data, std::uint8_t id, std::uint8_t size, bool two_byte) {
  if (two_byte) {
    data[-2] = id;
    data[-1] = size;
  } else {
    data[-1] = static_cast<std::uint8_t>((id << 4) | (size - 1));
  }
}

}  // namespace

void ExtensionWriter::add(std::uint8_t id, std::span<const std::uint8_t> value) {
  if (id == 0 || !ok_) return;
  if (!two_byte_ && needs_two_byte_form(id, value.size())) upgrade_to_two_byte();
  const std::size_t offset = size_ + (two_byte_ ? 2 : 1);
  if (!ok_ || value.size() > 255 || offset + value.size() > buffer_.size() || elements_.full()) {
    ok_ = false;
    return;
  }
  const auto size = static_cast<std::uint8_t>(value.size());
  write_element_header(&buffer_[offset - 1] + 1, id, size, two_byte_);
  if (size != 0) std::memcpy(&buffer_[offset], value.data(), size);
  ok_ = elements_.push_back({static_cast<std::uint16_t>(offset), size, id});
  size_ = offset + size;
}

void ExtensionWriter::add_u8(std::uint8_t id, std::uint8_t value) { add(id, {&value, 1}); }

void ExtensionWriter::add_u16(std::uint8_t id, std::uint16_t value) {
  std::array<std::uint8_t, 2> bytes;
  store_be16(bytes.data(), value);
  add(id, bytes);
}

void ExtensionWriter::add_u24(std::uint8_t id, std::uint32_t value) {
  std::array<std::uint8_t, 3> bytes;
  store_be24(bytes.data(), value);
  add(id, bytes);
}

// Each element's header grows by one byte, so that the k-th element's data moves by k + 1; from the
// last to the first, so that nothing is overwritten before it has moved.
void ExtensionWriter::upgrade_to_two_byte() {
  if (size_ + elements_.size() > buffer_.size()) {
    ok_ = false;
    return;
  }
  for (std::size_t k = elements_.size(); k-- > 0;) {
    Element& element = elements_[k];
    std::uint8_t* const from = &buffer_[element.offset];
    element.offset = static_cast<std::uint16_t>(element.offset + k + 1);
    std::uint8_t* const to = &buffer_[element.offset];
    std::memmove(to, from, element.size);
    write_element_header(to, element.id, element.size, true);
  }
  size_ += elements_.size();
  two_byte_ = true;
}

std::size_t ExtensionWriter::finish() {
  if (elements_.empty() || !ok_) return 0;
  const std::size_t padded = (size_ + 3) / 4 * 4;
  if (padded > buffer_.size()) {
    ok_ = false;
    return 0;
  }
  std::memset(buffer_.data() + size_, 0, padded - size_);
  size_ = padded;
  store_be16(&buffer_[0], two_byte_ ? kTwoByteExtensionProfile : kOneByteExtensionProfile);
  store_be16(&buffer_[2], static_cast<std::uint16_t>((size_ - kExtensionHeaderBytes) / 4));
  return size_;
}

std::optional<std::size_t> ExtensionWriter::offset_of(std::uint8_t id) const {
  for (const Element& element : elements_) {
    if (element.id == id) return element.offset;
  }
  return std::nullopt;
}

}  // namespace penstock
