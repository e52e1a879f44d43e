#include "controlplane/dtls/dtls_record_filter.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

using Datagram = std::vector<std::uint8_t>;
using enum DtlsContentType;

constexpr std::size_t kOverheadBytes = 24;

Datagram record(DtlsContentType type, std::uint8_t epoch, std::uint8_t bytes) {
  Datagram out = {
      static_cast<std::uint8_t>(type), 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, 7, 0, bytes};
  out.resize(out.size() + bytes, 0x55);
  return out;
}

Datagram operator+(Datagram a, const Datagram& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

DtlsRecordFilter established() {
  DtlsRecordFilter filter;
  filter.set_cipher_overhead(kOverheadBytes);
  filter.set_established();
  return filter;
}

TEST(DtlsRecordFilter, WhileItHandshakesEverythingOfEpoch0ButDataPasses) {
  DtlsRecordFilter filter;
  for (const DtlsContentType type : {kChangeCipherSpec, kAlert, kHandshake}) {
    EXPECT_EQ(filter.admit(record(type, 0, 2)), record(type, 0, 2));
  }
  EXPECT_TRUE(filter.admit(record(kApplicationData, 0, 2)).empty());
  EXPECT_EQ(filter.records_discarded(), 1U);
}

TEST(DtlsRecordFilter, NothingProtectedPassesBeforeThereIsACipher) {
  DtlsRecordFilter filter;
  EXPECT_TRUE(filter.admit(record(kHandshake, 1, 60)).empty());
  filter.set_cipher_overhead(kOverheadBytes);
  EXPECT_FALSE(filter.admit(record(kHandshake, 1, 60)).empty());
}

TEST(DtlsRecordFilter, ProtectedRecordsAreAsLongAsTheirCipherMakesThem) {
  for (const std::size_t overhead : {kOverheadBytes, std::size_t{16}}) {
    for (const bool is_established : {false, true}) {
      for (std::uint8_t bytes = 0; bytes < 40; ++bytes) {
        DtlsRecordFilter filter;
        filter.set_cipher_overhead(overhead);
        if (is_established) filter.set_established();
        EXPECT_EQ(filter.admit(record(kAlert, 1, bytes)).empty(), bytes < overhead) << int{bytes};
      }
    }
  }
}

TEST(DtlsRecordFilter, OnceEstablishedOnlyTheEpochOfTheKeysPasses) {
  for (const DtlsContentType type : {kChangeCipherSpec, kAlert, kHandshake, kApplicationData}) {
    for (const int epoch : {0, 1, 2, 255}) {
      DtlsRecordFilter filter = established();
      const bool passes = epoch == 1 && type != kChangeCipherSpec;
      EXPECT_EQ(filter.admit(record(type, static_cast<std::uint8_t>(epoch), 60)).empty(), !passes);
      EXPECT_EQ(filter.records_discarded(), passes ? 0U : 1U);
    }
  }
}

TEST(DtlsRecordFilter, TakesADatagramApart) {
  DtlsRecordFilter filter = established();
  const Datagram finished = record(kHandshake, 1, 40);
  const Datagram alert = record(kAlert, 1, 26);
  EXPECT_EQ(filter.admit(record(kHandshake, 0, 30) + record(kChangeCipherSpec, 0, 1) + finished +
                         record(kAlert, 1, 2) + alert),
            finished + alert);
  EXPECT_EQ(filter.records_discarded(), 3U);
}

TEST(DtlsRecordFilter, WhatIsNotWholeRecordsIsNothing) {
  DtlsRecordFilter filter = established();
  Datagram datagram = record(kHandshake, 1, 40);
  datagram.pop_back();
  EXPECT_TRUE(filter.admit(datagram).empty());
  EXPECT_TRUE(filter.admit({}).empty());
}

TEST(DtlsRecordFilter, FewProtectedRecordsPassBeforeTheEndOfTheHandshake) {
  DtlsRecordFilter filter;
  filter.set_cipher_overhead(kOverheadBytes);
  std::size_t passed = 0;
  for (int i = 0; i < 100; ++i) passed += filter.admit(record(kHandshake, 1, 40)).empty() ? 0U : 1U;
  EXPECT_EQ(passed, kEarlyProtectedRecordsMax);
  EXPECT_FALSE(filter.admit(record(kHandshake, 0, 40)).empty());
  filter.set_established();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(filter.admit(record(kHandshake, 1, 40)).empty());
}

}  // namespace
}  // namespace penstock
