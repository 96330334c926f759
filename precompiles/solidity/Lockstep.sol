// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IInference} from "./IInference.sol";

/// @title Models in one line, and the arithmetic around them.
/// @notice Numbers are decimals: a mantissa and a count of decimals, `value = mantissa / 10^decimals`. A call that fails
/// reverts with an error of {IInference}, which passes through.
library Lockstep {
    IInference internal constant INFERENCE = IInference(0x0000000000000000000000000000000000000a01);

    uint8 internal constant SCORE_DECIMALS = 6;

    /// @notice There is nothing to choose from.
    error NoScores();

    /// @notice Not so many scores are there.
    error TooFewScores(uint256 wanted, uint256 actual);

    // ------------------------------------------------------------------ models

    /// @notice The class that a model gives the highest score, the first one of equals.
    function classify(bytes32 model, int256[] memory input, uint8 decimals) internal view returns (uint256 label) {
        return argmax(INFERENCE.inferDecimals(model, input, decimals));
    }

    /// @notice The class of a picture, one byte a grey value from 0 to 255.
    /// @dev The decimals are for the scores: without any, two that are close would round to the same number.
    function classify(bytes32 model, bytes memory pixels) internal view returns (uint256 label) {
        return classify(model, fromBytes(pixels, SCORE_DECIMALS), SCORE_DECIMALS);
    }

    /// @notice The one number (or the first of several) that a model answers.
    function regress(bytes32 model, int256[] memory input, uint8 decimals) internal view returns (int256 mantissa) {
        int256[] memory output = INFERENCE.inferDecimals(model, input, decimals);
        if (output.length == 0) revert NoScores();
        return output[0];
    }

    // ------------------------------------------------------------------ scores

    /// @notice Where the highest score stands; of equals, the first.
    function argmax(int256[] memory scores) internal pure returns (uint256 best) {
        if (scores.length == 0) revert NoScores();
        for (uint256 i = 1; i < scores.length; i++) {
            if (scores[i] > scores[best]) best = i;
        }
    }

    /// @notice The same for a raw output of int8, as `infer` returns it.
    function argmaxInt8(bytes memory scores) internal pure returns (uint256 best) {
        if (scores.length == 0) revert NoScores();
        for (uint256 i = 1; i < scores.length; i++) {
            if (int8(uint8(scores[i])) > int8(uint8(scores[best]))) best = i;
        }
    }

    /// @notice Where the k highest scores stand, highest first; of equals, the first.
    function topK(int256[] memory scores, uint256 k) internal pure returns (uint256[] memory best) {
        if (k > scores.length) revert TooFewScores(k, scores.length);
        best = new uint256[](k);
        uint256 found = 0;
        for (uint256 i = 0; i < scores.length && k > 0; i++) {
            uint256 place = found;
            while (place > 0 && scores[i] > scores[best[place - 1]]) place--;
            if (place == k) continue;
            if (found < k) found++;
            for (uint256 j = found - 1; j > place; j--) best[j] = best[j - 1];
            best[place] = i;
        }
    }

    // ------------------------------------------------------------------ numbers

    /// @notice One number a byte, 0 to 255.
    function fromBytes(bytes memory data, uint8 decimals) internal pure returns (int256[] memory mantissas) {
        uint256 unit = 10 ** uint256(decimals);
        mantissas = new int256[](data.length);
        for (uint256 i = 0; i < data.length; i++) mantissas[i] = int256(uint256(uint8(data[i])) * unit);
    }

    /// @notice The same value with another count of decimals; rounded once, half to even, where digits are lost.
    function rescale(int256 mantissa, uint8 from, uint8 to) internal pure returns (int256) {
        if (to >= from) return mantissa * int256(10 ** (to - from));
        return divide(mantissa, int256(10 ** (from - to)));
    }

    /// @notice The quotient, rounded half to even. The divisor is positive.
    function divide(int256 dividend, int256 divisor) internal pure returns (int256 quotient) {
        require(divisor > 0, "Lockstep: divisor must be positive");
        quotient = dividend / divisor;
        int256 rest = dividend % divisor;
        int256 size = rest < 0 ? -rest : rest;
        // Compared without doubling, which could overflow.
        int256 gap = divisor - size;
        if (size > gap || (size == gap && quotient % 2 != 0)) quotient += dividend < 0 ? int256(-1) : int256(1);
    }

    /// @notice How far `value` is from `base`, in percent: 3 for 103 against 100.
    function percentChange(uint256 value, uint256 base, uint8 decimals) internal pure returns (int256 mantissa) {
        int256 unit = int256(100 * 10 ** uint256(decimals));
        require(value <= uint256(type(int256).max) && base <= uint256(type(int256).max), "Lockstep: too large");
        return divide(int256(value) * unit, int256(base)) - unit;
    }

    /// @notice `value`, or the bound that it is beyond.
    function clamp(int256 value, int256 low, int256 high) internal pure returns (int256) {
        if (value < low) return low;
        return value > high ? high : value;
    }
}
