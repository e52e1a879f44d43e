#include "dataplane/net/checksum.h"

#include <immintrin.h>

#include <cstring>

namespace penstock {
namespace {

// The sum does not depend on the byte order it is taken in, but for a swap at the end (RFC 1071
// section 2), nor on the width of the words. So native 32-bit words are added into 64-bit lanes,
// which no packet is long enough to overflow: no carries to look after until the end.

constexpr std::size_t kBlockBytes = 32;

std::uint64_t sum_blocks_sse2(const std::uint8_t* at, std::size_t blocks) {
  const __m128i low_halves = _mm_set1_epi64x(0xFFFFFFFF);
  __m128i sums[2] = {_mm_setzero_si128(), _mm_setzero_si128()};
  for (; blocks > 0; --blocks) {
    for (__m128i& sum : sums) {
      const __m128i words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
      sum = _mm_add_epi64(sum, _mm_and_si128(words, low_halves));
      sum = _mm_add_epi64(sum, _mm_srli_epi64(words, 32));
      at += sizeof(words);
    }
  }
  std::uint64_t lanes[2];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(lanes), _mm_add_epi64(sums[0], sums[1]));
  return lanes[0] + lanes[1];
}

__attribute__((target("avx2"))) std::uint64_t sum_blocks_avx2(const std::uint8_t* at,
                                                              std::size_t blocks) {
  const __m256i low_halves = _mm256_set1_epi64x(0xFFFFFFFF);
  __m256i low_sum = _mm256_setzero_si256();
  __m256i high_sum = _mm256_setzero_si256();
  for (; blocks > 0; --blocks, at += kBlockBytes) {
    const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    low_sum = _mm256_add_epi64(low_sum, _mm256_and_si256(words, low_halves));
    high_sum = _mm256_add_epi64(high_sum, _mm256_srli_epi64(words, 32));
  }
  std::uint64_t lanes[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), _mm256_add_epi64(low_sum, high_sum));
  return lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

// Fewer than kBlockBytes. Loads of constant size: a memcpy of variable size would be a call.
std::uint64_t sum_rest(const std::uint8_t* at, std::size_t left) {
  std::uint64_t sum = 0;
  std::uint32_t word = 0;
  for (; left >= 4; left -= 4, at += 4) {
    std::memcpy(&word, at, 4);
    sum += word;
  }
  if ((left & 2U) != 0) {
    std::uint16_t half;
    std::memcpy(&half, at, 2);
    sum += half;
    at += 2;
  }
  return (left & 1U) != 0 ? sum + *at : sum;
}

}  // namespace

std::uint32_t ones_complement_sum(std::span<const std::uint8_t> bytes) {
  const std::size_t blocks = bytes.size() / kBlockBytes;
  const std::uint8_t* rest = bytes.data() + blocks * kBlockBytes;
  std::uint64_t sum = sum_rest(rest, bytes.size() % kBlockBytes);
  if (blocks > 0) {
    sum += __builtin_cpu_supports("avx2") ? sum_blocks_avx2(bytes.data(), blocks)
                                          : sum_blocks_sse2(bytes.data(), blocks);
  }
  return __builtin_bswap16(fold_checksum(sum));
}

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint16_t>(~ones_complement_sum(bytes));
}

std::uint64_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination,
                                std::uint8_t protocol, std::uint32_t upper_layer_bytes) {
  const std::size_t skip = source.is_v4() ? 12 : 0;
  return std::uint64_t{ones_complement_sum(std::span(source.bytes).subspan(skip))} +
         ones_complement_sum(std::span(destination.bytes).subspan(skip)) + protocol +
         upper_layer_bytes;
}

}  // namespace penstock
