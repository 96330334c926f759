// Products of 8-bit integers with sums in 32 bits, for one set of instructions, named by LEVEL; `build` compiles this file once for each.
//
// Nothing here saturates or rounds but where the arithmetic says so, so that every result is exact by construction:
//   4 parts a word: bytes, one side raised by 128 to be unsigned, since the instruction multiplies unsigned by signed. The sum is
//     then too large by 128 times the sum of the weights, which is taken from the bias; it may wrap in between, but modulo 2^32.
//   2 parts a word: 16 bits, products of pairs added up in 32.
// There is no state: all memory is the caller's, who has checked every length.
#include <stdint.h>
#include <string.h>

#define LEVEL_AVX512_VNNI 1
#define LEVEL_AVX_VNNI 2
#define LEVEL_AVX2 3
#define LEVEL_NEON_DOT 4

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define NAME(function) JOIN(PREFIX, function)
#define INLINE static inline __attribute__((always_inline))
#define EXPORT __attribute__((visibility("default")))

// ---- What differs: vectors of 32-bit lanes, the product, the scaling of sums.

#if LEVEL == LEVEL_AVX512_VNNI
#include <immintrin.h>
#define PREFIX lockstep_avx512_vnni_
#define PARTS 4
#define LANES 16
#define ROWS 8
#define VECTORS 3
typedef __m512i vector;
INLINE vector load(const int32_t *at) { return _mm512_loadu_si512(at); }
INLINE void store(int32_t *at, vector v) { _mm512_storeu_si512(at, v); }
INLINE vector all(int32_t value) { return _mm512_set1_epi32(value); }
// The first `count` lanes, 1 to all of them.
INLINE vector load_some(const int32_t *at, int count) { return _mm512_maskz_loadu_epi32((__mmask16)(0xffff >> (LANES - count)), at); }
INLINE void store_some(int32_t *at, vector v, int count) { _mm512_mask_storeu_epi32(at, (__mmask16)(0xffff >> (LANES - count)), v); }
// The lanes of these bits, one after the other.
INLINE void store_those(int32_t *at, vector v, uint32_t bits) {
    if (bits == 0xffff) store(at, v);
    else store_some(at, _mm512_maskz_compress_epi32((__mmask16)bits, v), bits ? __builtin_popcount(bits) : 0);
}
// Every second element.
INLINE vector load_even(const int32_t *at, int count) {
    vector index = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    int elements = 2 * count - 1;
    vector low = elements >= LANES ? load(at) : load_some(at, elements);
    vector high = elements > LANES ? load_some(at + LANES, elements - LANES) : low;
    return _mm512_permutex2var_epi32(low, index, high);
}
INLINE vector low_bits(vector v, int32_t mask) { return _mm512_and_si512(v, all(mask)); }
INLINE vector either(vector a, vector b) { return _mm512_or_si512(a, b); }
INLINE vector flip(vector a, int32_t bits) { return _mm512_xor_si512(a, all(bits)); }
#define LEFT(v, bits) _mm512_slli_epi32(v, bits)
INLINE vector dot(vector sum, vector raised, vector plain) { return _mm512_dpbusd_epi32(sum, raised, plain); }

typedef struct { vector factor, oddFactor, tie, oddTie, shift, oddRight, oddLeft; } scale;

INLINE scale scale_of(vector factor, vector shift, int32_t zero_point) {
    vector even = _mm512_and_si512(shift, _mm512_set1_epi64(0xffffffff));
    vector odd = _mm512_srli_epi64(shift, 32);
    vector halves = _mm512_set1_epi64(2 * (int64_t)zero_point + 1);
    vector one = _mm512_set1_epi64(1);
    vector word = _mm512_set1_epi64(32);
    vector none = _mm512_setzero_si512();
    scale s;
    s.factor = factor;
    s.oddFactor = _mm512_srli_epi64(factor, 32);
    s.tie = _mm512_sllv_epi64(halves, _mm512_sub_epi64(even, one));
    s.oddTie = _mm512_sllv_epi64(halves, _mm512_sub_epi64(odd, one));
    s.shift = even;
    // The result of an odd lane is brought to the upper half of 64 bits, where it stays.
    s.oddRight = _mm512_max_epi64(none, _mm512_sub_epi64(odd, word));
    s.oddLeft = _mm512_max_epi64(none, _mm512_sub_epi64(word, odd));
    return s;
}

INLINE vector rescale(vector sums, const scale *s, vector lo, vector hi) {
    vector even = _mm512_add_epi64(_mm512_mul_epi32(sums, s->factor), s->tie);
    vector odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(sums, 32), s->oddFactor), s->oddTie);
    even = _mm512_srav_epi64(even, s->shift);
    odd = _mm512_sllv_epi64(_mm512_srav_epi64(odd, s->oddRight), s->oddLeft);
    vector both = _mm512_mask_blend_epi32(0xaaaa, even, odd);
    return _mm512_min_epi32(hi, _mm512_max_epi32(lo, both));
}

#elif LEVEL == LEVEL_AVX_VNNI || LEVEL == LEVEL_AVX2
#include <immintrin.h>
#define LANES 8
#define ROWS 6
#define VECTORS 2
typedef __m256i vector;
INLINE vector load(const int32_t *at) { return _mm256_loadu_si256((const __m256i *)at); }
INLINE void store(int32_t *at, vector v) { _mm256_storeu_si256((__m256i *)at, v); }
INLINE vector all(int32_t value) { return _mm256_set1_epi32(value); }
INLINE vector first(int count) { return _mm256_cmpgt_epi32(all(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)); }
// The first `count` lanes, 1 to all of them.
INLINE vector load_some(const int32_t *at, int count) { return _mm256_maskload_epi32(at, first(count)); }
INLINE void store_some(int32_t *at, vector v, int count) { _mm256_maskstore_epi32(at, first(count), v); }
#define STORE_THOSE_ONE_BY_ONE
// Every second element.
INLINE vector load_even(const int32_t *at, int count) {
    int elements = 2 * count - 1;
    vector low = elements >= LANES ? load(at) : load_some(at, elements);
    vector high = elements > LANES ? load_some(at + LANES, elements - LANES) : low;
    __m256 mixed = _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), 0x88);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(mixed), 0xd8);
}
INLINE vector low_bits(vector v, int32_t mask) { return _mm256_and_si256(v, all(mask)); }
INLINE vector either(vector a, vector b) { return _mm256_or_si256(a, b); }
INLINE vector flip(vector a, int32_t bits) { return _mm256_xor_si256(a, all(bits)); }
#define LEFT(v, bits) _mm256_slli_epi32(v, bits)
#if LEVEL == LEVEL_AVX_VNNI
#define PREFIX lockstep_avx_vnni_
#define PARTS 4
INLINE vector dot(vector sum, vector raised, vector plain) { return _mm256_dpbusd_avx_epi32(sum, raised, plain); }
#else
#define PREFIX lockstep_avx2_
#define PARTS 2
INLINE vector dot(vector sum, vector a, vector b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
#endif

typedef struct { vector factor, oddFactor, tie, oddTie, shift, oddShift; } scale;

INLINE scale scale_of(vector factor, vector shift, int32_t zero_point) {
    vector even = _mm256_and_si256(shift, _mm256_set1_epi64x(0xffffffff));
    vector odd = _mm256_srli_epi64(shift, 32);
    vector halves = _mm256_set1_epi64x(2 * (int64_t)zero_point + 1);
    vector one = _mm256_set1_epi64x(1);
    scale s;
    s.factor = factor;
    s.oddFactor = _mm256_srli_epi64(factor, 32);
    s.tie = _mm256_sllv_epi64(halves, _mm256_sub_epi64(even, one));
    s.oddTie = _mm256_sllv_epi64(halves, _mm256_sub_epi64(odd, one));
    s.shift = even;
    s.oddShift = odd;
    return s;
}

// An arithmetic shift to the right of 64 bits, which these instructions lack.
INLINE vector right(vector v, vector shift) {
    vector sign = _mm256_cmpgt_epi64(_mm256_setzero_si256(), v);
    return _mm256_xor_si256(_mm256_srlv_epi64(_mm256_xor_si256(v, sign), shift), sign);
}

INLINE vector rescale(vector sums, const scale *s, vector lo, vector hi) {
    vector even = _mm256_add_epi64(_mm256_mul_epi32(sums, s->factor), s->tie);
    vector odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(sums, 32), s->oddFactor), s->oddTie);
    even = right(even, s->shift);
    odd = _mm256_slli_epi64(right(odd, s->oddShift), 32);
    vector both = _mm256_blend_epi32(even, odd, 0xaa);
    return _mm256_min_epi32(hi, _mm256_max_epi32(lo, both));
}

#elif LEVEL == LEVEL_NEON_DOT
#include <arm_neon.h>
#define PREFIX lockstep_neon_dot_
#define PARTS 4
#define RAISED 0 // This instruction multiplies signed by signed.
#define LANES 4
#define ROWS 6
#define VECTORS 4
typedef int32x4_t vector;
INLINE vector load(const int32_t *at) { return vld1q_s32(at); }
INLINE void store(int32_t *at, vector v) { vst1q_s32(at, v); }
INLINE vector all(int32_t value) { return vdupq_n_s32(value); }
// The first `count` lanes, 1 to all of them.
INLINE vector load_some(const int32_t *at, int count) {
    if (count == LANES) return load(at);
    int32_t lanes[LANES] = {0};
    for (int i = 0; i < count; i++) lanes[i] = at[i];
    return load(lanes);
}
INLINE void store_some(int32_t *at, vector v, int count) {
    int32_t lanes[LANES];
    store(lanes, v);
    for (int i = 0; i < count; i++) at[i] = lanes[i];
}
#define STORE_THOSE_ONE_BY_ONE
// Every second element.
INLINE vector load_even(const int32_t *at, int count) {
    int elements = 2 * count - 1;
    vector low = load_some(at, elements < LANES ? elements : LANES);
    vector high = elements > LANES ? load_some(at + LANES, elements - LANES) : low;
    return vuzp1q_s32(low, high);
}
INLINE vector low_bits(vector v, int32_t mask) { return vandq_s32(v, all(mask)); }
INLINE vector either(vector a, vector b) { return vorrq_s32(a, b); }
INLINE vector flip(vector a, int32_t bits) { return veorq_s32(a, all(bits)); }
#define LEFT(v, bits) vshlq_n_s32(v, bits)
INLINE vector dot(vector sum, vector a, vector b) {
    return vdotq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b));
}

typedef struct { int32x4_t factor; int64x2_t tieLow, tieHigh, leftLow, leftHigh; } scale;

INLINE scale scale_of(vector factor, vector shift, int32_t zero_point) {
    int64x2_t low = vmovl_s32(vget_low_s32(shift));
    int64x2_t high = vmovl_s32(vget_high_s32(shift));
    int64x2_t halves = vdupq_n_s64(2 * (int64_t)zero_point + 1);
    int64x2_t one = vdupq_n_s64(1);
    scale s;
    s.factor = factor;
    s.tieLow = vshlq_s64(halves, vsubq_s64(low, one));
    s.tieHigh = vshlq_s64(halves, vsubq_s64(high, one));
    s.leftLow = vnegq_s64(low);
    s.leftHigh = vnegq_s64(high);
    return s;
}

INLINE vector rescale(vector sums, const scale *s, vector lo, vector hi) {
    int64x2_t low = vmlal_s32(s->tieLow, vget_low_s32(sums), vget_low_s32(s->factor));
    int64x2_t high = vmlal_s32(s->tieHigh, vget_high_s32(sums), vget_high_s32(s->factor));
    low = vshlq_s64(low, s->leftLow);
    high = vshlq_s64(high, s->leftHigh);
    return vminq_s32(hi, vmaxq_s32(lo, vcombine_s32(vmovn_s64(low), vmovn_s64(high))));
}
#else
#error "LEVEL must name a set of instructions"
#endif

// ---- What is the same.

#ifndef RAISED
#define RAISED (PARTS == 4)
#endif
#define WIDTH (VECTORS * LANES)
#define ALL_LANES ((1u << LANES) - 1)

#ifdef STORE_THOSE_ONE_BY_ONE
// The lanes of these bits, one after the other.
INLINE void store_those(int32_t *at, vector v, uint32_t bits) {
    if (bits == ALL_LANES) {
        store(at, v);
        return;
    }
    int32_t lanes[LANES];
    store(lanes, v);
    for (; bits; bits &= bits - 1) *at++ = lanes[__builtin_ctz(bits)];
}
#endif

INLINE int least(int64_t a, int64_t b) { return (int)(a < b ? a : b); }

// How operands lie: parts in a word, whether the activations are raised by 128, rows of a panel, lanes of a tile, lanes of a vector.
EXPORT void NAME(layout)(int32_t *into) {
    into[0] = PARTS;
    into[1] = RAISED;
    into[2] = ROWS;
    into[3] = WIDTH;
    into[4] = LANES;
}

// A product of rows with lanes: sum over k of a[k][row] · b[offsets[k] + lane], of whole words, then brought to scale.
//
// Of a convolution, rows are channels and lanes are positions of its output; of a matrix of weights, rows are rows of the input and
// lanes are channels. Factors go with channels. Of the positions, those at the ends of rows are not wanted: `wanted` says of each
// vector of lanes where its first result goes and, in bits, which are wanted.
typedef struct {
    const int32_t *offsets;
    const int32_t *bias;
    const int32_t *factors;
    const int32_t *shifts;
    int64_t lane_step; // Words of b from one lane to the next, where a tile begins: 1, or all words where tiles lie one after the other.
    int64_t row_step;  // Elements of the output from one row to the next.
    int32_t words;
    int32_t lanes_are_channels;
    const int32_t *wanted;
    int32_t zero_point;
    int32_t lo;
    int32_t hi;
    int32_t reserved;
} product;

INLINE void tile(const product *p, const int32_t *a, const int32_t *b, const int32_t *bias, int rows, int vectors,
        int lanes_are_channels, int32_t *sums) {
    vector sum[ROWS][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) sum[r][v] = lanes_are_channels ? load(bias + v * LANES) : all(bias[r]);
    }
    const int32_t *offsets = p->offsets;
    for (int k = 0; k < p->words; k++) {
        const int32_t *at = b + offsets[k];
        vector right_side[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) right_side[v] = load(at + v * LANES);
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            vector left = all(a[(int64_t)k * ROWS + r]);
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = lanes_are_channels ? dot(sum[r][v], left, right_side[v]) : dot(sum[r][v], right_side[v], left);
            }
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) store(sums + r * WIDTH + v * LANES, sum[r][v]);
    }
}

#define TILE(rows, vectors)                                                                                      \
    case rows * 8 + vectors:                                                                                     \
        if (p->lanes_are_channels) tile(p, a, b, bias, rows, vectors, 1, sums);                                  \
        else tile(p, a, b, bias, rows, vectors, 0, sums);                                                        \
        break;
#if VECTORS == 2
#define TILES(rows) TILE(rows, 1) TILE(rows, 2)
#elif VECTORS == 3
#define TILES(rows) TILE(rows, 1) TILE(rows, 2) TILE(rows, 3)
#else
#define TILES(rows) TILE(rows, 1) TILE(rows, 2) TILE(rows, 3) TILE(rows, 4)
#endif

static void any_tile(const product *p, const int32_t *a, const int32_t *b, const int32_t *bias, int rows, int vectors, int32_t *sums) {
    switch (rows * 8 + vectors) {
        TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6)
#if ROWS == 8
        TILES(7) TILES(8)
#endif
    }
}

INLINE void finish(const product *p, const int32_t *sums, int channel, int rows, int64_t lane, int vectors, int count, int32_t *out) {
    vector lo = all(p->lo);
    vector hi = all(p->hi);
    if (p->lanes_are_channels) {
        for (int v = 0; v < vectors; v++) {
            int64_t at = lane + v * LANES;
            int some = least(LANES, count - v * LANES);
            scale s = scale_of(load(p->factors + at), load(p->shifts + at), p->zero_point);
            for (int r = 0; r < rows; r++) {
                vector result = rescale(load(sums + r * WIDTH + v * LANES), &s, lo, hi);
                store_some(out + r * p->row_step + at, result, some);
            }
        }
        return;
    }
    const int32_t *wanted = p->wanted + lane / LANES * 2;
    for (int r = 0; r < rows; r++) {
        scale s = scale_of(all(p->factors[channel + r]), all(p->shifts[channel + r]), p->zero_point);
        int32_t *to = out + r * p->row_step;
        for (int v = 0; v < vectors; v++) {
            vector result = rescale(load(sums + r * WIDTH + v * LANES), &s, lo, hi);
            store_those(to + wanted[2 * v], result, (uint32_t)wanted[2 * v + 1]);
        }
    }
}

INLINE void block(const product *p, const int32_t *a, const int32_t *b, int channel, int row, int rows, int64_t lane, int vectors, int count, int32_t *out) {
    int32_t sums[ROWS * WIDTH];
    const int32_t *bias = p->bias + (p->lanes_are_channels ? lane : channel + row);
    any_tile(p, a + (int64_t)row * p->words, b + lane * p->lane_step, bias, rows, vectors, sums);
    finish(p, sums, channel + row, rows, lane, vectors, count, out + row * p->row_step);
}

// Bytes of right sides that stay in the nearest cache while panel after panel meets them.
#define CACHE_BYTES 24576

// Rows from `row` on and lanes from `lane` on, which begin at a panel and at a tile; `channel` is that of row 0.
EXPORT void NAME(multiply)(const product *p, const int32_t *a, const int32_t *b, int32_t channel, int32_t row, int32_t rows,
        int32_t lane, int32_t lanes, int32_t *out_base, int64_t to) {
    int32_t *out = out_base + to;
    int end = row + rows;
    int last = lane + lanes;
    int run = CACHE_BYTES / (int)sizeof(int32_t) / p->words / WIDTH * WIDTH;
    // Where there are few lanes, a panel of rows is what is read once.
    if (run < WIDTH || p->lanes_are_channels) run = WIDTH;
    if (lanes <= 2 * WIDTH && !p->lanes_are_channels) run = lanes;
    for (int64_t from = lane; from < last; from += run) {
        int until = least(last, from + run);
        for (int r = row; r < end; r += ROWS) {
            for (int64_t l = from; l < until; l += WIDTH) {
                int count = least(WIDTH, until - l);
                block(p, a, b, channel, r, least(ROWS, end - r), l, (count + LANES - 1) / LANES, count, out);
            }
        }
    }
}

#if PARTS == 4
#define RAISE (RAISED ? (int32_t)0x80808080 : 0)
INLINE int32_t word(const int32_t *parts) {
    uint32_t low = ((uint32_t)parts[0] & 255) | ((uint32_t)parts[1] & 255) << 8;
    return (int32_t)(low | ((uint32_t)parts[2] & 255) << 16 | (uint32_t)parts[3] << 24) ^ RAISE;
}
INLINE vector words_of(vector a, vector b, vector c, vector d) {
    vector low = either(low_bits(a, 255), LEFT(low_bits(b, 255), 8));
    return flip(either(either(low, LEFT(low_bits(c, 255), 16)), LEFT(d, 24)), RAISE);
}
#else
INLINE int32_t word(const int32_t *parts) { return (int32_t)(((uint32_t)parts[0] & 0xffff) | (uint32_t)parts[1] << 16); }
INLINE vector words_of(vector a, vector b) { return either(low_bits(a, 0xffff), LEFT(b, 16)); }
#endif

// An input laid out by the phases of the stride, padded: `rows` says of each row where it goes, whence it comes and how long it is.
typedef struct {
    const int32_t *rows;
    int32_t row_words; // Three a row.
    int32_t step;
    int32_t channel_elements; // Of the input.
    int32_t plane_words;      // Of the result, for one channel or word of channels.
    int32_t pad;              // What stands in the padding.
    int32_t reserved;
} layout;

INLINE void fill(int32_t *words, int from, int end, int32_t value) {
    vector v = all(value);
    int i = from;
    for (; i + LANES <= end; i += LANES) store(words + i, v);
    if (i < end) store_some(words + i, v, end - i);
}

// Elements of a row, `step` apart.
INLINE vector take(const int32_t *at, int step, int count) {
    if (step == 1) return count == LANES ? load(at) : load_some(at, count);
    if (step == 2) return load_even(at, count);
    int32_t lanes[LANES] = {0};
    for (int i = 0; i < count; i++) lanes[i] = at[(int64_t)i * step];
    return load(lanes);
}

// Words of neighbouring channels at one position. Those beyond the last channel meet weights of 0, whatever they are.
EXPORT void NAME(pack_channels)(const layout *p, const int32_t *base, int64_t from, int32_t channel, int32_t channels,
        int32_t last_channel, int32_t *words) {
    const int32_t *in = base + from;
    int32_t pads[4] = {p->pad, p->pad, p->pad, p->pad};
    int32_t padding = word(pads);
    int step = p->step;
    for (int c = channel; c < channel + channels; c += PARTS) {
        int32_t *out = words + (int64_t)(c / PARTS) * p->plane_words;
        const int32_t *part[PARTS];
        for (int j = 0; j < PARTS; j++) part[j] = in + (int64_t)least(c + j, last_channel) * p->channel_elements;
        int padded = 0;
        for (int i = 0; i < p->row_words; i += 3) {
            int start = p->rows[i];
            int64_t at = p->rows[i + 1];
            int count = p->rows[i + 2];
            fill(out, padded, start, padding);
            padded = start + count;
            for (int x = 0; x < count; x += LANES) {
                int some = least(LANES, count - x);
                int64_t s = at + (int64_t)x * step;
#if PARTS == 4
                vector v = words_of(take(part[0] + s, step, some), take(part[1] + s, step, some), take(part[2] + s, step, some),
                        take(part[3] + s, step, some));
#else
                vector v = words_of(take(part[0] + s, step, some), take(part[1] + s, step, some));
#endif
                store_some(out + start + x, v, some);
            }
        }
        fill(out, padded, p->plane_words, padding);
    }
}

// Rows of an input of a product with a matrix, as panels of words; `length` is that of a row, the rest of its last word meets weights of 0.
EXPORT void NAME(pack_rows)(const int32_t *base, int64_t from, int32_t row, int32_t rows, int32_t length, int32_t *words) {
    int count = (length + PARTS - 1) / PARTS;
    for (int r = row; r < row + rows; r++) {
        const int32_t *in = base + from + (int64_t)r * length;
        int32_t *out = words + (int64_t)(r / ROWS) * ROWS * count + r % ROWS;
        int whole = length / PARTS;
        int k = 0;
#if LEVEL == LEVEL_AVX512_VNNI
        for (; k + 4 <= whole; k += 4) {
            __m128i four = _mm_xor_si128(_mm512_cvtepi32_epi8(load(in + k * PARTS)), _mm_set1_epi32(RAISE));
            out[(int64_t)k * ROWS] = _mm_extract_epi32(four, 0);
            out[(int64_t)(k + 1) * ROWS] = _mm_extract_epi32(four, 1);
            out[(int64_t)(k + 2) * ROWS] = _mm_extract_epi32(four, 2);
            out[(int64_t)(k + 3) * ROWS] = _mm_extract_epi32(four, 3);
        }
#endif
        for (; k < whole; k++) out[(int64_t)k * ROWS] = word(in + (int64_t)k * PARTS);
        if (whole < count) {
            int32_t rest[4] = {0, 0, 0, 0};
            for (int j = whole * PARTS; j < length; j++) rest[j - whole * PARTS] = in[j];
            out[(int64_t)whole * ROWS] = word(rest);
        }
    }
}

// Channel after channel of a convolution of each channel on its own: words of neighbouring columns of a row, one row of the kernel
// after the other. `sources` says of each plane of words where its parts lie in the plane of the input.
typedef struct {
    layout input;
    const int32_t *sources;
    int32_t planes;
    int32_t per_input;   // Output channels of an input channel.
    int32_t plane_words; // Of one plane of words.
    int32_t lanes;       // Of the output, with those that are not wanted.
    int32_t slack;       // Words after the plane of the input that are read and not used.
    int32_t reserved;
} columns;

static void pack_columns(const columns *c, const int32_t *in, int32_t *plane, int32_t *words) {
    int padded = 0;
    int step = c->input.step;
    for (int r = 0; r < c->input.row_words; r += 3) {
        int start = c->input.rows[r];
        const int32_t *at = in + c->input.rows[r + 1];
        int count = c->input.rows[r + 2];
        fill(plane, padded, start, c->input.pad);
        padded = start + count;
        for (int x = 0; x < count; x += LANES) {
            int some = least(LANES, count - x);
            store_some(plane + start + x, take(at + (int64_t)x * step, step, some), some);
        }
    }
    fill(plane, padded, c->input.plane_words + c->slack, c->input.pad);
    int count = c->plane_words;
    for (int w = 0; w < c->planes; w++) {
        const int32_t *parts = c->sources + w * PARTS;
        int32_t *out = words + (int64_t)w * count;
        for (int x = 0; x < count; x += LANES) {
            int some = least(LANES, count - x);
#if PARTS == 4
            vector v = words_of(take(plane + parts[0] + x, 1, some), take(plane + parts[1] + x, 1, some),
                    take(plane + parts[2] + x, 1, some), take(plane + parts[3] + x, 1, some));
#else
            vector v = words_of(take(plane + parts[0] + x, 1, some), take(plane + parts[1] + x, 1, some));
#endif
            store_some(out + x, v, some);
        }
    }
}

// `scratch` takes the plane of an input channel with its slack, and then its words with a tile's width.
EXPORT void NAME(multiply_each)(const product *p, const columns *c, const int32_t *a, const int32_t *in_base, int64_t from,
        int32_t channel, int32_t channels, int32_t *scratch, int32_t *out_base, int64_t to) {
    int32_t *words = scratch + c->input.plane_words + c->slack;
    vector lo = all(p->lo);
    vector hi = all(p->hi);
    int filled = -1;
    for (int i = channel; i < channel + channels; i++) {
        int source = i / c->per_input;
        if (source != filled) {
            pack_columns(c, in_base + from + (int64_t)source * c->input.channel_elements, scratch, words);
            filled = source;
        }
        int32_t *out = out_base + to + (int64_t)i * p->row_step;
        const int32_t *weights = a + (int64_t)i * p->words;
        scale s = scale_of(all(p->factors[i]), all(p->shifts[i]), p->zero_point);
        vector bias = all(p->bias[i]);
        for (int l = 0; l < c->lanes; l += WIDTH) {
            const int32_t *wanted = p->wanted + l / LANES * 2;
            int vectors = (least(WIDTH, c->lanes - l) + LANES - 1) / LANES;
            vector sum[VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) sum[v] = bias;
            for (int k = 0; k < p->words; k++) {
                vector weight = all(weights[k]);
                const int32_t *at = words + p->offsets[k] + l;
#pragma GCC unroll 4
                for (int v = 0; v < VECTORS; v++) sum[v] = dot(sum[v], load(at + v * LANES), weight);
            }
            for (int v = 0; v < vectors; v++) {
                store_those(out + wanted[2 * v], rescale(sum[v], &s, lo, hi), (uint32_t)wanted[2 * v + 1]);
            }
        }
    }
}
