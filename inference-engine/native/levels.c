// What this file was made for and which instructions this machine has; compiled for every machine of its kind.
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

// Raised with every change of what the functions take.
EXPORT int32_t lockstep_abi(void) { return 2; }

// Bits of the levels that both the processor and the operating system support.
#if defined(__x86_64__)
#include <cpuid.h>

EXPORT int32_t lockstep_levels(void) {
    unsigned a, b, c, d, subleaves, features, more;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_FMA)) return 0;
    unsigned state, high;
    __asm__ volatile("xgetbv" : "=a"(state), "=d"(high) : "c"(0));
    if ((state & 0x06) != 0x06 || !__get_cpuid_count(7, 0, &subleaves, &features, &more, &d)) return 0;
    int32_t levels = 0;
    if (features & bit_AVX2) {
        levels |= 1 << 3;
        if (subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1 << 4))) levels |= 1 << 2;
    }
    unsigned avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    if ((state & 0xe6) == 0xe6 && (features & avx512) == avx512 && (more & bit_AVX512VNNI)) levels |= 1 << 1;
    return levels;
}

#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
EXPORT int32_t lockstep_levels(void) { return getauxval(AT_HWCAP) & (1 << 20) ? 1 << 4 : 0; } // HWCAP_ASIMDDP
#elif defined(__APPLE__)
EXPORT int32_t lockstep_levels(void) { return 1 << 4; } // Every Apple processor of this kind has them.
#else
EXPORT int32_t lockstep_levels(void) { return 0; }
#endif
#else
EXPORT int32_t lockstep_levels(void) { return 0; }
#endif
