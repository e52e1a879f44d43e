#include "controlplane/dtls/dtls_record.h"

#include <gtest/gtest.h>

#include "tests/unit/dtls/test_records.h"

namespace penstock {
namespace {

TEST(DtlsRecord, AreTakenOffADatagramOneByOne) {
  const auto datagram = record(DtlsContentType::kHandshake, 0, 9) +
                        record(DtlsContentType::kChangeCipherSpec, 0x0102, 0) +
                        record(DtlsContentType::kApplicationData, 1, 40);
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
  const auto good =
      record(DtlsContentType::kHandshake, 0, 20) + record(DtlsContentType::kHandshake, 1, 5);
  ASSERT_TRUE(is_whole_dtls_records(good));
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
    if (bytes == kDtlsRecordHeaderBytes + 20) continue;
    EXPECT_FALSE(is_whole_dtls_records(std::span(good).first(bytes))) << bytes;
  }
  EXPECT_FALSE(is_whole_dtls_records(good + std::vector<std::uint8_t>{22}));
}

TEST(DtlsRecord, UnknownTypesAndVersionsAreNone) {
  for (int first = 0; first < 256; ++first) {
    auto datagram = record(DtlsContentType::kHandshake, 0, 4);
    datagram[0] = static_cast<std::uint8_t>(first);
    EXPECT_EQ(is_whole_dtls_records(datagram), first >= 20 && first <= 23) << first;
  }
  auto tls = record(DtlsContentType::kHandshake, 0, 4);
  tls[1] = 3;
  EXPECT_FALSE(is_whole_dtls_records(tls));
}

}  // namespace
}  // namespace penstock
