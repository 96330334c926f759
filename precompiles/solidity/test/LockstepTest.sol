// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IInference} from "../IInference.sol";
import {Lockstep} from "../Lockstep.sol";
import {MockInference} from "../mock/MockInference.sol";
import {RecordedAnswers} from "../mock/RecordedAnswers.sol";

/// @dev Run by ContractsTest on the node's own EVM: each function that takes nothing must not revert.
contract LockstepTest {
    function dividesHalfToEven() external pure {
        equal(Lockstep.divide(5, 2), 2);
        equal(Lockstep.divide(7, 2), 4);
        equal(Lockstep.divide(-5, 2), -2);
        equal(Lockstep.divide(-7, 2), -4);
        equal(Lockstep.divide(1, 2), 0);
        equal(Lockstep.divide(-1, 2), 0);
        equal(Lockstep.divide(2, 3), 1);
        equal(Lockstep.divide(-2, 3), -1);
        equal(Lockstep.divide(0, 3), 0);
    }

    function dividesTheLargestNumbers() external pure {
        int256 max = type(int256).max;
        int256 min = type(int256).min;
        equal(Lockstep.divide(max, max), 1);
        equal(Lockstep.divide(max / 2, max), 0);
        equal(Lockstep.divide(max / 2 + 1, max), 1);
        equal(Lockstep.divide(min, max), -1);
        equal(Lockstep.divide(min, 1), min);
        equal(Lockstep.divide(min, 2), min / 2);
    }

    function rescales() external pure {
        equal(Lockstep.rescale(125, 3, 2), 12);
        equal(Lockstep.rescale(135, 3, 2), 14);
        equal(Lockstep.rescale(-125, 3, 2), -12);
        equal(Lockstep.rescale(5, 2, 4), 500);
        equal(Lockstep.rescale(5, 2, 2), 5);
    }

    function comparesInPercent() external pure {
        equal(Lockstep.percentChange(103, 100, 2), 300);
        equal(Lockstep.percentChange(97, 100, 0), -3);
        equal(Lockstep.percentChange(0, 100, 0), -100);
        equal(Lockstep.percentChange(1, 3, 3), -66_667);
    }

    function clamps() external pure {
        equal(Lockstep.clamp(5, 1, 3), 3);
        equal(Lockstep.clamp(-5, 1, 3), 1);
        equal(Lockstep.clamp(2, 1, 3), 2);
    }

    function findsTheFirstOfTheHighest() external pure {
        require(Lockstep.argmax(numbers(3, 7, 7, -1)) == 1, "argmax");
        require(Lockstep.argmaxInt8(hex"80ff7f7f") == 2, "argmaxInt8");
        uint256[] memory best = Lockstep.topK(numbers(3, 7, 7, -1), 4);
        require(best[0] == 1 && best[1] == 2 && best[2] == 0 && best[3] == 3, "all four");
        best = Lockstep.topK(numbers(5, 5, 5, 9), 2);
        require(best.length == 2 && best[0] == 3 && best[1] == 0, "the first of equals");
        require(Lockstep.topK(numbers(1, 2, 3, 4), 0).length == 0, "none");
    }

    function readsBytesAsNumbers() external pure {
        int256[] memory values = Lockstep.fromBytes(hex"0001ff", 2);
        require(values.length == 3, "length");
        equal(values[0], 0);
        equal(values[1], 100);
        equal(values[2], 25_500);
    }

    /// @dev A contract that goes on after a failed call, and learns why.
    function catchesTypedErrors(bytes32 stranger) external view {
        try Lockstep.INFERENCE.quote(stranger) {
            revert("a stranger has a quote");
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeWithSelector(IInference.ModelNotFound.selector, stranger);
            require(keccak256(reason) == keccak256(expected), "another error");
        }
    }

    /// @dev Calls a model and undoes everything.
    function asksAndReverts(bytes32 model, bytes calldata input) external view {
        Lockstep.INFERENCE.infer(model, input);
        revert("asked");
    }

    /// @dev Where the mock stands in for the precompile.
    function loadRecordedAnswers() external {
        RecordedAnswers.load(MockInference(address(Lockstep.INFERENCE)));
    }

    function picture(uint256 digit) external pure returns (bytes memory) {
        return RecordedAnswers.picture(digit);
    }

    function markets() external pure returns (uint256[40] memory calm, uint256[40] memory wild) {
        return (RecordedAnswers.calm(), RecordedAnswers.wild());
    }

    function forecasts() external pure returns (int256 calm, int256 wild) {
        return (RecordedAnswers.CALM_FORECAST, RecordedAnswers.WILD_FORECAST);
    }

    function numbers(int256 a, int256 b, int256 c, int256 d) private pure returns (int256[] memory values) {
        values = new int256[](4);
        (values[0], values[1], values[2], values[3]) = (a, b, c, d);
    }

    function equal(int256 actual, int256 expected) private pure {
        require(actual == expected, "not equal");
    }
}
