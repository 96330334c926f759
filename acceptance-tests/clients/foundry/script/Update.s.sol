// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DynamicFee} from "@lockstep/contracts/examples/DynamicFee.sol";
import {Lockstep} from "@lockstep/contracts/Lockstep.sol";
import {MockInference} from "@lockstep/contracts/mock/MockInference.sol";
import {RecordedAnswers} from "@lockstep/contracts/mock/RecordedAnswers.sol";
import {Market} from "../src/Market.sol";
import {VM} from "../src/Vm.sol";

/// @dev Calls a model. forge runs a script on its own EVM first, where the mock stands in; its second simulation would
/// forget the mock, hence `--skip-simulation`. What is broadcast runs on the node, with the real model.
contract Update {
    function run() external returns (DynamicFee pool) {
        MockInference mock = MockInference(address(Lockstep.INFERENCE));
        VM.etch(address(mock), type(MockInference).runtimeCode);
        RecordedAnswers.load(mock);
        DynamicFee.Candle[10] memory candles = Market.candles(RecordedAnswers.wild());

        VM.startBroadcast();
        pool = new DynamicFee(VM.envBytes32("VOLATILITY_MODEL"));
        pool.update(candles);
        VM.stopBroadcast();
    }
}
