// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

contract Quicksort {
    function run(uint256 size) external pure returns (uint256 checksum) {
        uint256[] memory numbers = new uint256[](size);
        uint256 seed = 42;
        for (uint256 i = 0; i < size; i++) {
            unchecked {
                seed = seed * 6364136223846793005 + 1442695040888963407;
            }
            numbers[i] = uint64(seed) >> 16;
        }
        sort(numbers, 0, int256(size) - 1);
        for (uint256 i = 0; i < size; i++) {
            require(i == 0 || numbers[i - 1] <= numbers[i], "not sorted");
            checksum ^= numbers[i] * (i + 1);
        }
    }

    function sort(uint256[] memory numbers, int256 left, int256 right) private pure {
        int256 i = left;
        int256 j = right;
        if (i >= j) return;
        uint256 pivot = numbers[uint256(left + (right - left) / 2)];
        while (i <= j) {
            while (numbers[uint256(i)] < pivot) i++;
            while (pivot < numbers[uint256(j)]) j--;
            if (i <= j) {
                (numbers[uint256(i)], numbers[uint256(j)]) = (numbers[uint256(j)], numbers[uint256(i)]);
                i++;
                j--;
            }
        }
        if (left < j) sort(numbers, left, j);
        if (i < right) sort(numbers, i, right);
    }
}

/// SHA-256 (FIPS 180-4) without the precompile, which then says whether it is right.
contract Sha256 {
    // The round constants, eight in a word.
    bytes private constant K =
        hex"428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5"
        hex"d807aa9812835b01243185be550c7dc372be5d7480deb1fe9bdc06a7c19bf174"
        hex"e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da"
        hex"983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca635114292967"
        hex"27b70a852e1b21384d2c6dfc53380d13650a7354766a0abb81c2c92e92722c85"
        hex"a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa070"
        hex"19a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3"
        hex"748f82ee78a5636f84c878148cc7020890befffaa4506cebbef9a3f7c67178f2";

    function run(uint256 size) external view returns (bytes32 digest) {
        bytes memory message = new bytes(size);
        for (uint256 i = 0; i < size; i++) message[i] = bytes1(uint8(i * 31 + 7));
        digest = hash(message);
        require(digest == sha256(message), "wrong digest");
    }

    function hash(bytes memory message) private pure returns (bytes32) {
        uint32[8] memory state = [
            uint32(0x6a09e667),
            0xbb67ae85,
            0x3c6ef372,
            0xa54ff53a,
            0x510e527f,
            0x9b05688c,
            0x1f83d9ab,
            0x5be0cd19
        ];
        uint32[64] memory k;
        for (uint256 i = 0; i < 64; i++) {
            k[i] = uint32(bytes4(K[4 * i])) | uint32(bytes4(K[4 * i + 1])) >> 8
                | uint32(bytes4(K[4 * i + 2])) >> 16 | uint32(bytes4(K[4 * i + 3])) >> 24;
        }
        bytes memory padded = abi.encodePacked(
            message, bytes1(0x80), new bytes((119 - message.length % 64) % 64), uint64(message.length * 8)
        );
        uint32[64] memory w;
        for (uint256 at = 0; at < padded.length; at += 64) {
            for (uint256 i = 0; i < 16; i++) {
                uint256 offset = at + 4 * i;
                uint256 word;
                assembly {
                    word := shr(224, mload(add(add(padded, 32), offset)))
                }
                w[i] = uint32(word);
            }
            block512(state, w, k);
        }
        uint256 digest;
        for (uint256 i = 0; i < 8; i++) digest = digest << 32 | state[i];
        return bytes32(digest);
    }

    function block512(uint32[8] memory state, uint32[64] memory w, uint32[64] memory k) private pure {
        unchecked {
            for (uint256 i = 16; i < 64; i++) {
                uint32 x = w[i - 15];
                uint32 y = w[i - 2];
                w[i] = w[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ (x >> 3)) + w[i - 7]
                    + (rotate(y, 17) ^ rotate(y, 19) ^ (y >> 10));
            }
            uint32[8] memory v;
            for (uint256 i = 0; i < 8; i++) v[i] = state[i];
            for (uint256 i = 0; i < 64; i++) {
                uint32 e = v[4];
                uint32 t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & v[5]) ^ (~e & v[6]))
                    + k[i] + w[i];
                uint32 a = v[0];
                uint32 t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
                v[7] = v[6];
                v[6] = v[5];
                v[5] = e;
                v[4] = v[3] + t1;
                v[3] = v[2];
                v[2] = v[1];
                v[1] = a;
                v[0] = t1 + t2;
            }
            for (uint256 i = 0; i < 8; i++) state[i] += v[i];
        }
    }

    function rotate(uint32 x, uint256 bits) private pure returns (uint32) {
        unchecked {
            return (x >> bits) | (x << (32 - bits));
        }
    }
}

/// Products modulo a number of 2048 bits, by Montgomery's method on sixteen limbs of 128 bits. The
/// precompile then says whether the power that they made is right.
contract BigInteger {
    uint256 private constant LIMBS = 16;
    uint256 private constant MASK = type(uint128).max;

    function run(uint256 products) external view returns (bytes32) {
        uint256[16] memory modulus;
        uint256[16] memory base;
        for (uint256 i = 0; i < LIMBS; i++) {
            modulus[i] = uint256(keccak256(abi.encode("modulus", i))) & MASK;
            base[i] = uint256(keccak256(abi.encode("base", i))) & MASK;
        }
        modulus[0] |= 1;
        modulus[LIMBS - 1] |= 1 << 127;
        base[LIMBS - 1] >>= 1;
        uint256 inverse = negativeInverse(modulus[0]);

        // Each product divides by R = 2^2048, so this is base^(n+1)·R^-n.
        uint256[16] memory x = base;
        for (uint256 i = 0; i < products; i++) x = multiply(x, base, modulus, inverse);

        // x·R^n must be base^(n+1).
        bytes memory n = encode(modulus);
        bytes memory r = power(abi.encodePacked(uint8(1), new bytes(256)), 1, n);
        bytes memory left = power(r, products, n);
        bytes memory right = power(encode(base), products + 1, n);
        require(keccak256(product(left, encode(x), n)) == keccak256(right), "wrong power");
        return keccak256(right);
    }

    function multiply(uint256[16] memory a, uint256[16] memory b, uint256[16] memory m, uint256 inverse)
        private
        pure
        returns (uint256[16] memory result)
    {
        unchecked {
            uint256[18] memory t;
            for (uint256 i = 0; i < LIMBS; i++) {
                uint256 carry = 0;
                uint256 factor = b[i];
                for (uint256 j = 0; j < LIMBS; j++) {
                    uint256 sum = a[j] * factor + t[j] + carry;
                    t[j] = sum & MASK;
                    carry = sum >> 128;
                }
                carry += t[LIMBS];
                t[LIMBS] = carry & MASK;
                t[LIMBS + 1] = carry >> 128;
                factor = (t[0] * inverse) & MASK;
                carry = (factor * m[0] + t[0]) >> 128;
                for (uint256 j = 1; j < LIMBS; j++) {
                    uint256 sum = factor * m[j] + t[j] + carry;
                    t[j - 1] = sum & MASK;
                    carry = sum >> 128;
                }
                carry += t[LIMBS];
                t[LIMBS - 1] = carry & MASK;
                t[LIMBS] = t[LIMBS + 1] + (carry >> 128);
            }
            bool isOver = t[LIMBS] != 0;
            if (!isOver) {
                isOver = true;
                for (uint256 i = LIMBS; i > 0; i--) {
                    if (t[i - 1] != m[i - 1]) {
                        isOver = t[i - 1] > m[i - 1];
                        break;
                    }
                }
            }
            uint256 borrow = 0;
            for (uint256 i = 0; i < LIMBS; i++) {
                if (isOver) {
                    uint256 difference = t[i] - m[i] - borrow;
                    result[i] = difference & MASK;
                    borrow = difference >> 255;
                } else {
                    result[i] = t[i];
                }
            }
        }
    }

    /// -1/x modulo 2^128, for odd x.
    function negativeInverse(uint256 x) private pure returns (uint256 inverse) {
        unchecked {
            inverse = 1;
            for (uint256 i = 0; i < 7; i++) inverse *= 2 - x * inverse;
            inverse = (0 - inverse) & MASK;
        }
    }

    function encode(uint256[16] memory limbs) private pure returns (bytes memory bytes256) {
        bytes256 = new bytes(256);
        for (uint256 i = 0; i < LIMBS; i += 2) {
            uint256 word = limbs[i + 1] << 128 | limbs[i];
            assembly {
                mstore(add(bytes256, sub(256, mul(i, 16))), word)
            }
        }
    }

    function power(bytes memory base, uint256 exponent, bytes memory modulus) private view returns (bytes memory) {
        (bool done, bytes memory answer) =
            address(5).staticcall(abi.encodePacked(base.length, uint256(32), modulus.length, base, exponent, modulus));
        require(done, "modexp failed");
        return answer;
    }

    /// a·b: once more by R² takes the R^-1 of two products away.
    function product(bytes memory a, bytes memory b, bytes memory modulus) private view returns (bytes memory) {
        uint256[16] memory m = decode(modulus);
        uint256 inverse = negativeInverse(m[0]);
        bytes memory r2 = power(abi.encodePacked(uint8(1), new bytes(512)), 1, modulus);
        uint256[16] memory lifted = multiply(decode(a), decode(r2), m, inverse);
        return encode(multiply(lifted, decode(b), m, inverse));
    }

    function decode(bytes memory bytes256) private pure returns (uint256[16] memory limbs) {
        for (uint256 i = 0; i < LIMBS; i += 2) {
            uint256 word;
            assembly {
                word := mload(add(bytes256, sub(256, mul(i, 16))))
            }
            limbs[i] = word & MASK;
            limbs[i + 1] = word >> 128;
        }
    }
}
