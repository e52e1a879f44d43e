// What the kernels of both widths have in common: GHASH on pairs of blocks (NIST SP 800-38D section
// 6.4; the reflected form, in which the key is multiplied by x once so that products need no
// shift), a packet's first counter, AAD and lengths. Part of vaes_gcm.cc and vaes512_gcm.cc, which
// are compiled for AVX2, VAES and VPCLMULQDQ at least: everything here is inlined, so that no
// function with those instructions can be linked into code for other CPUs.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "dataplane/srtp/vaes_gcm.h"

#define PENSTOCK_VAES_INLINE [[gnu::always_inline]] inline

namespace penstock::vaes {
namespace {

using Block = __m128i;  // 16 bytes
using Pair = __m256i;   // two blocks, the first one in the lower half

constexpr int kRounds128 = 10;
constexpr int kRounds256 = 14;

// 128 bytes of ones, then as many of zeros: a load from its middle keeps what is before a limit.
struct Masks {
  alignas(64) std::uint8_t bytes[256] = {};
  constexpr Masks() {
    for (int i = 0; i < 128; ++i) bytes[i] = 0xFF;
  }
};
constexpr Masks kMasks;

PENSTOCK_VAES_INLINE Block load_block(const std::uint8_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const Block*>(from));
}
PENSTOCK_VAES_INLINE Pair load_pair(const std::uint8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const Pair*>(from));
}
PENSTOCK_VAES_INLINE void store_block(std::uint8_t* to, Block block) {
  _mm_storeu_si128(reinterpret_cast<Block*>(to), block);
}
PENSTOCK_VAES_INLINE void store_pair(std::uint8_t* to, Pair pair) {
  _mm256_storeu_si256(reinterpret_cast<Pair*>(to), pair);
}
PENSTOCK_VAES_INLINE Pair both(Block block) { return _mm256_broadcastsi128_si256(block); }
PENSTOCK_VAES_INLINE Pair lower(Block block) { return _mm256_zextsi128_si256(block); }
PENSTOCK_VAES_INLINE Block upper_of(Pair pair) { return _mm256_extracti128_si256(pair, 1); }
PENSTOCK_VAES_INLINE Block lower_of(Pair pair) { return _mm256_castsi256_si128(pair); }
PENSTOCK_VAES_INLINE Pair join(Block low, Block high) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

// What lies at `offset` or further of a text of `bytes` bytes, cut off behind its end.
PENSTOCK_VAES_INLINE Block cut(Block block, std::size_t bytes) {
  return _mm_and_si128(block, load_block(kMasks.bytes + 128 - bytes));
}
PENSTOCK_VAES_INLINE Pair cut(Pair pair, std::size_t bytes, std::size_t offset) {
  return _mm256_and_si256(pair, load_pair(kMasks.bytes + 128 - bytes + offset));
}

// GHASH numbers bits from the other end than the CPU does.
PENSTOCK_VAES_INLINE Block reverse_order() {
  return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
PENSTOCK_VAES_INLINE Block reverse(Block block) { return _mm_shuffle_epi8(block, reverse_order()); }
PENSTOCK_VAES_INLINE Pair reverse(Pair pair) {
  return _mm256_shuffle_epi8(pair, both(reverse_order()));
}
PENSTOCK_VAES_INLINE Pair swap_halves(Pair pair) { return _mm256_shuffle_epi32(pair, 0x4E); }
PENSTOCK_VAES_INLINE Pair fold(Pair pair) { return _mm256_xor_si256(pair, swap_halves(pair)); }

PENSTOCK_VAES_INLINE Block power(const VaesGcmKeys& keys, std::size_t exponent) {
  return load_block(keys.powers + (VaesGcmKeys::kPowers - exponent) * 16);
}
// {H^exponent, H^(exponent - 1)}. Below H it reads what follows in the struct: for blocks of zeros.
PENSTOCK_VAES_INLINE Pair power_pair(const VaesGcmKeys& keys, std::size_t exponent) {
  return load_pair(keys.powers + (VaesGcmKeys::kPowers - exponent) * 16);
}

// A sum of products of 128-bit polynomials, not reduced yet (Karatsuba).
struct Sum {
  Pair low = _mm256_setzero_si256();
  Pair middle = _mm256_setzero_si256();
  Pair high = _mm256_setzero_si256();

  PENSTOCK_VAES_INLINE void add(Pair blocks, Pair powers) {
    add_outer(blocks, powers);
    middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(fold(blocks), fold(powers), 0x00));
  }
  PENSTOCK_VAES_INLINE void add(Block block, Block its_power) {
    add(lower(block), lower(its_power));
  }
  // With the powers' halves added up in advance, in the lower (kHalf = 0) or upper half of each
  // block of `folded`.
  template <int kHalf>
  PENSTOCK_VAES_INLINE void add(Pair blocks, Pair powers, Pair folded) {
    add_outer(blocks, powers);
    middle = _mm256_xor_si256(
        middle, _mm256_clmulepi64_epi128(fold(blocks), folded, kHalf == 0 ? 0 : 0x10));
  }

  // The sum modulo x^128 + x^7 + x^2 + x + 1, of both blocks.
  PENSTOCK_VAES_INLINE Block reduce() const {
    const Pair poly = both(_mm_set_epi64x(0, static_cast<long long>(0xC200'0000'0000'0000ULL)));
    const Pair cross = _mm256_xor_si256(middle, _mm256_xor_si256(low, high));
    const Pair once = _mm256_xor_si256(
        cross, _mm256_xor_si256(swap_halves(low), _mm256_clmulepi64_epi128(low, poly, 0x00)));
    const Pair twice = _mm256_xor_si256(
        high, _mm256_xor_si256(swap_halves(once), _mm256_clmulepi64_epi128(once, poly, 0x00)));
    return _mm_xor_si128(lower_of(twice), upper_of(twice));
  }

 private:
  PENSTOCK_VAES_INLINE void add_outer(Pair blocks, Pair powers) {
    low = _mm256_xor_si256(low, _mm256_clmulepi64_epi128(blocks, powers, 0x00));
    high = _mm256_xor_si256(high, _mm256_clmulepi64_epi128(blocks, powers, 0x11));
  }
};

PENSTOCK_VAES_INLINE Block multiply(Block a, Block b) {
  Sum sum;
  sum.add(a, b);
  return sum.reduce();
}

// The block counter of a packet: it has at most 251 blocks, so only the last byte counts.
PENSTOCK_VAES_INLINE Block first_counter(const std::uint8_t* iv) {
  std::uint32_t end;
  __builtin_memcpy(&end, iv + 8, sizeof(end));
  const Block begin = _mm_loadl_epi64(reinterpret_cast<const Block*>(iv));
  return _mm_insert_epi32(_mm_insert_epi32(begin, static_cast<int>(end), 2), 0x0100'0000, 3);
}

PENSTOCK_VAES_INLINE Block aad_block(const VaesGcmOperation& operation, std::size_t i) {
  return reverse(load_block(operation.aad + i * 16));
}

// Adds all blocks of the AAD but the last one, which is returned: it takes a place in the first
// group. `exponent`: of the power of that one. kGroupBlocks: of a whole group.
template <std::size_t kGroupBlocks, typename AnySum>
PENSTOCK_VAES_INLINE Block take_aad(const VaesGcmOperation& operation, std::size_t exponent,
                                    AnySum& sum) {
  // Blocks besides the last one for which there are powers in every case.
  constexpr std::size_t kBlocksSummed = VaesGcmKeys::kPowers - kGroupBlocks - 2;
  const VaesGcmKeys& keys = *operation.keys;
  const std::size_t before_last = (operation.aad_bytes - 1) / 16;
  std::size_t i = 0;
  Block hash = _mm_setzero_si128();
  // A header longer than the table of powers: nobody sends one, but anybody may.
  for (; before_last - i > kBlocksSummed; ++i) {
    hash = multiply(_mm_xor_si128(hash, aad_block(operation, i)), power(keys, 1));
  }
  for (; i < before_last; ++i) {
    sum.add(_mm_xor_si128(hash, aad_block(operation, i)), power(keys, exponent + before_last - i));
    hash = _mm_setzero_si128();
  }
  const Block last = load_block(operation.aad + before_last * 16);
  return reverse(cut(last, operation.aad_bytes - before_last * 16));
}

template <typename AnySum>
PENSTOCK_VAES_INLINE void add_lengths(const VaesGcmOperation& operation, AnySum& sum) {
  const Block lengths = _mm_set_epi64x(static_cast<long long>(operation.aad_bytes) * 8,
                                       static_cast<long long>(operation.bytes) * 8);
  sum.add(lengths, power(*operation.keys, 1));
}

// AnyPacket<rounds, seals> does the work.
template <template <int, bool> typename AnyPacket, bool kSeals>
PENSTOCK_VAES_INLINE void run(const VaesGcmOperation& operation) {
  if (operation.is_aes256) {
    AnyPacket<kRounds256, kSeals>(operation).run();
  } else {
    AnyPacket<kRounds128, kSeals>(operation).run();
  }
}

}  // namespace
}  // namespace penstock::vaes
