#include "controlplane/dtls/dtls_record_filter.h"

#include <gtest/gtest.h>

#include "tests/unit/dtls/test_records.h"

namespace penstock {
namespace {

using Type = DtlsContentType;

constexpr std::size_t kOverheadBytes = 24;

DtlsRecordFilter established() {
  DtlsRecordFilter filter;
  filter.set_cipher_overhead(kOverheadBytes);
  filter.set_established();
  return filter;
}

TEST(DtlsRecordFilter, WhileItHandshakesEverythingOfEpoch0ButDataPasses) {
  DtlsRecordFilter filter;
  for (const Type type : {Type::kChangeCipherSpec, Type::kAlert, Type::kHandshake}) {
    EXPECT_EQ(filter.admit(record(type, 0, 2)), record(type, 0, 2));
  }
  EXPECT_TRUE(filter.admit(record(Type::kApplicationData, 0, 2)).empty());
  EXPECT_EQ(filter.records_discarded(), 1U);
}

TEST(DtlsRecordFilter, NothingProtectedPassesBeforeThereIsACipher) {
  DtlsRecordFilter filter;
  EXPECT_TRUE(filter.admit(record(Type::kHandshake, 1, 60)).empty());
  filter.set_cipher_overhead(kOverheadBytes);
  EXPECT_FALSE(filter.admit(record(Type::kHandshake, 1, 60)).empty());
}

TEST(DtlsRecordFilter, ProtectedRecordsAreAsLongAsTheirCipherMakesThem) {
  for (const std::size_t overhead : {kOverheadBytes, std::size_t{16}}) {
    for (const bool is_established : {false, true}) {
      for (std::uint8_t bytes = 0; bytes < 40; ++bytes) {
        DtlsRecordFilter filter;
        filter.set_cipher_overhead(overhead);
        if (is_established) filter.set_established();
        EXPECT_EQ(filter.admit(record(Type::kAlert, 1, bytes)).empty(), bytes < overhead)
            << int{bytes};
      }
    }
  }
}

TEST(DtlsRecordFilter, OnceEstablishedOnlyTheEpochOfTheKeysPasses) {
  for (const Type type :
       {Type::kChangeCipherSpec, Type::kAlert, Type::kHandshake, Type::kApplicationData}) {
    for (const int epoch : {0, 1, 2, 255}) {
      DtlsRecordFilter filter = established();
      const bool passes = epoch == 1 && type != Type::kChangeCipherSpec;
      EXPECT_EQ(filter.admit(record(type, static_cast<std::uint8_t>(epoch), 60)).empty(), !passes);
      EXPECT_EQ(filter.records_discarded(), passes ? 0U : 1U);
    }
  }
}

TEST(DtlsRecordFilter, TakesADatagramApart) {
  DtlsRecordFilter filter = established();
  const Records finished = record(Type::kHandshake, 1, 40);
  const Records alert = record(Type::kAlert, 1, 26);
  EXPECT_EQ(filter.admit(record(Type::kHandshake, 0, 30) + record(Type::kChangeCipherSpec, 0, 1) +
                         finished + record(Type::kAlert, 1, 2) + alert),
            finished + alert);
  EXPECT_EQ(filter.records_discarded(), 3U);
}

TEST(DtlsRecordFilter, WhatIsNotWholeRecordsIsNothing) {
  DtlsRecordFilter filter = established();
  Records datagram = record(Type::kHandshake, 1, 40);
  datagram.pop_back();
  EXPECT_TRUE(filter.admit(datagram).empty());
  EXPECT_TRUE(filter.admit({}).empty());
}

TEST(DtlsRecordFilter, FewProtectedRecordsPassBeforeTheEndOfTheHandshake) {
  DtlsRecordFilter filter;
  filter.set_cipher_overhead(kOverheadBytes);
  std::size_t passed = 0;
  for (int i = 0; i < 100; ++i)
    passed += filter.admit(record(Type::kHandshake, 1, 40)).empty() ? 0U : 1U;
  EXPECT_EQ(passed, kEarlyProtectedRecordsMax);
  EXPECT_FALSE(filter.admit(record(Type::kHandshake, 0, 40)).empty());
  filter.set_established();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(filter.admit(record(Type::kHandshake, 1, 40)).empty());
}

}  // namespace
}  // namespace penstock
