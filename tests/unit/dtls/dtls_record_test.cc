#include "controlplane/dtls/dtls_record.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock {
namespace {

std::vector<std::uint8_t> record(std::uint8_t content_type, std::uint16_t epoch,
                                 std::uint16_t bytes) {
  std::vector<std::uint8_t> out = {content_type,
                                   0xFE,
                                   0xFD,
                                   static_cast<std::uint8_t>(epoch >> 8),
                                   static_cast<std::uint8_t>(epoch),
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   1,
                                   static_cast<std::uint8_t>(bytes >> 8),
                                   static_cast<std::uint8_t>(bytes)};
  out.resize(out.size() + bytes, 0x55);
  return out;
}

std::vector<std::uint8_t> operator+(std::vector<std::uint8_t> a,
                                    const std::vector<std::uint8_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(DtlsRecord, AreTakenOffADatagramOneByOne) {
  const auto datagram = record(22, 0, 9) + record(20, 0x0102, 0) + record(23, 1, 40);
  std::span<const std::uint8_t> rest = datagram;
  const auto first = take_dtls_record(rest);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->content_type, DtlsContentType::kHandshake);
  EXPECT_EQ(first->epoch, 0);
  EXPECT_EQ(first->fragment_bytes(), 9U);
  EXPECT_EQ(first->bytes.data(), datagram.data());
  const auto second = take_dtls_record(rest);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->content_type, DtlsContentType::kChangeCipherSpec);
  EXPECT_EQ(second->epoch, 0x0102);
  EXPECT_EQ(second->fragment_bytes(), 0U);
  const auto third = take_dtls_record(rest);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->content_type, DtlsContentType::kApplicationData);
  EXPECT_EQ(third->fragment_bytes(), 40U);
  EXPECT_FALSE(take_dtls_record(rest));
  EXPECT_TRUE(rest.empty());
}

TEST(DtlsRecord, ADatagramIsWholeRecordsAndNothingElse) {
  EXPECT_FALSE(is_whole_dtls_records({}));
  const auto good = record(22, 0, 20) + record(22, 1, 5);
  ASSERT_TRUE(is_whole_dtls_records(good));
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
    if (bytes == kDtlsRecordHeaderBytes + 20) continue;
    EXPECT_FALSE(is_whole_dtls_records(std::span(good).first(bytes))) << bytes;
  }
  EXPECT_FALSE(is_whole_dtls_records(good + std::vector<std::uint8_t>{22}));
}

TEST(DtlsRecord, UnknownTypesAndVersionsAreNone) {
  for (int first = 0; first < 256; ++first) {
    auto datagram = record(22, 0, 4);
    datagram[0] = static_cast<std::uint8_t>(first);
    EXPECT_EQ(is_whole_dtls_records(datagram), first >= 20 && first <= 23) << first;
  }
  auto tls = record(22, 0, 4);
  tls[1] = 3;
  EXPECT_FALSE(is_whole_dtls_records(tls));
}

}  // namespace
}  // namespace penstock
