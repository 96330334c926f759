// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DigitReader} from "@lockstep/contracts/examples/DigitReader.sol";
import {DynamicFee} from "@lockstep/contracts/examples/DynamicFee.sol";
import {VM} from "../src/Vm.sol";

/// @dev Only deploys: no model is called, so forge can simulate it.
contract Deploy {
    function run() external returns (DynamicFee pool, DigitReader reader) {
        VM.startBroadcast();
        pool = new DynamicFee(VM.envBytes32("VOLATILITY_MODEL"));
        reader = new DigitReader(VM.envBytes32("DIGITS_MODEL"));
        VM.stopBroadcast();
    }
}
