// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IInference} from "@lockstep/contracts/IInference.sol";
import {Lockstep} from "@lockstep/contracts/Lockstep.sol";
import {RecordedAnswers} from "@lockstep/contracts/mock/RecordedAnswers.sol";
import {VM} from "../src/Vm.sol";

/// @dev Needs `--fork-url`: asks the node itself, and holds the recorded answers to what it says.
contract RealAnswersTest {
    function test_theNodeQuotesWhatWasRecorded() public {
        bytes memory answer = ask(abi.encodeCall(IInference.quote, (RecordedAnswers.DIGITS)));
        require(abi.decode(answer, (uint64)) == RecordedAnswers.DIGITS_GAS, "digits");
        answer = ask(abi.encodeCall(IInference.quote, (RecordedAnswers.VOLATILITY)));
        require(abi.decode(answer, (uint64)) == RecordedAnswers.VOLATILITY_GAS, "volatility");
    }

    function test_theNodeForecastsWhatWasRecorded() public {
        require(forecast(RecordedAnswers.calm()) == RecordedAnswers.CALM_FORECAST, "calm");
        require(forecast(RecordedAnswers.wild()) == RecordedAnswers.WILD_FORECAST, "wild");
    }

    function forecast(uint256[40] memory prices) private returns (int256) {
        bytes32 model = RecordedAnswers.VOLATILITY;
        int256[] memory input = RecordedAnswers.features(prices);
        bytes memory answer = ask(abi.encodeCall(IInference.inferDecimals, (model, input, 6)));
        return abi.decode(answer, (int256[]))[0];
    }

    function ask(bytes memory callData) private returns (bytes memory) {
        string memory to = VM.toString(abi.encodePacked(address(Lockstep.INFERENCE)));
        string memory data = VM.toString(callData);
        return VM.rpc("eth_call", string.concat('[{"to":"', to, '","data":"', data, '"},"latest"]'));
    }
}
