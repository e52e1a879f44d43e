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

TEST(DtlsRecord, FindsTheHighestEpochOfADatagram) {
  EXPECT_TRUE(summarize_dtls_records(record(22, 0, 100)).is_well_formed);
  EXPECT_EQ(summarize_dtls_records(record(22, 0, 100)).epoch_max, 0);
  EXPECT_EQ(
      summarize_dtls_records(record(22, 0, 9) + record(20, 0, 1) + record(22, 1, 40)).epoch_max, 1);
  EXPECT_EQ(summarize_dtls_records(record(23, 0x0102, 0) + record(23, 1, 0)).epoch_max, 0x0102);
}

TEST(DtlsRecord, RefusesWhatIsNotWholeRecords) {
  const auto good = record(22, 0, 20) + record(22, 1, 5);
  ASSERT_TRUE(summarize_dtls_records(good).is_well_formed);
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
    if (bytes == kDtlsRecordHeaderBytes + 20) continue;
    EXPECT_FALSE(summarize_dtls_records(std::span(good).first(bytes)).is_well_formed) << bytes;
  }
  EXPECT_FALSE(summarize_dtls_records(good + std::vector<std::uint8_t>{22}).is_well_formed);
}

TEST(DtlsRecord, RefusesUnknownTypesAndVersions) {
  for (int first = 0; first < 256; ++first) {
    auto datagram = record(22, 0, 4);
    datagram[0] = static_cast<std::uint8_t>(first);
    EXPECT_EQ(summarize_dtls_records(datagram).is_well_formed, first >= 20 && first <= 23) << first;
  }
  auto tls = record(22, 0, 4);
  tls[1] = 3;
  EXPECT_FALSE(summarize_dtls_records(tls).is_well_formed);
}

}  // namespace
}  // namespace penstock
