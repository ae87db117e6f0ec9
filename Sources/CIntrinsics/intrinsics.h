// Instructions that Swift has no name for, one a function. Whoever imports this is compiled for them.
#include <immintrin.h>

#define INSTRUCTION static inline __attribute__((always_inline))

#ifdef __AVX512BF16__

// Lane i: sums + the products of the two bfloat16 in word i of each side.
INSTRUCTION __m512 limn_dot_bfloat16(__m512 sums, __m512i left, __m512i right) {
  return _mm512_dpbf16_ps(sums, (__m512bh)left, (__m512bh)right);
}

// 32 values, `first` before `second`, as bfloat16 (nearest, ties to even; subnormal numbers become zero).
INSTRUCTION __m512i limn_round_bfloat16(__m512 first, __m512 second) {
  return (__m512i)_mm512_cvtne2ps_pbh(second, first);
}

// Word i: the values of lane i of both, `low` in its lower half.
INSTRUCTION __m512i limn_pair_bfloat16(__m512 low, __m512 high) {
  const __m512i halves = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(low));
  return _mm512_or_si512(halves, _mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(high)), 16));
}

#endif

// Word i: sums + the four products of the bytes in word i of each side, left unsigned, right signed.
#ifdef __AVX512VNNI__
INSTRUCTION __m512i limn_dot_bytes(__m512i sums, __m512i left, __m512i right) {
  return _mm512_dpbusd_epi32(sums, left, right);
}
#endif
#ifdef __AVXVNNI__
INSTRUCTION __m256i limn_dot_bytes_half(__m256i sums, __m256i left, __m256i right) {
  return _mm256_dpbusd_avx_epi32(sums, left, right);
}
#endif

// Word i: the products of the two 16-bit integers in word i of each side, added.
#ifdef __AVX512BW__
INSTRUCTION __m512i limn_dot_shorts(__m512i left, __m512i right) { return _mm512_madd_epi16(left, right); }

INSTRUCTION __m512 limn_floats(__m512i integers) { return _mm512_cvtepi32_ps(integers); }

// Lane i: first[i] < second[i] ? first[i] : second[i], and with > the other.
INSTRUCTION __m512 limn_lesser(__m512 first, __m512 second) { return _mm512_min_ps(first, second); }

INSTRUCTION __m512 limn_greater(__m512 first, __m512 second) { return _mm512_max_ps(first, second); }

// The lowest byte of each word.
INSTRUCTION __m128i limn_low_bytes(__m512i words) { return _mm512_cvtepi32_epi8(words); }
#endif
#ifdef __AVX2__
INSTRUCTION __m256i limn_dot_shorts_half(__m256i left, __m256i right) { return _mm256_madd_epi16(left, right); }

INSTRUCTION __m256 limn_floats_half(__m256i integers) { return _mm256_cvtepi32_ps(integers); }
#endif
