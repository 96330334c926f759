// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DynamicFee} from "@lockstep/contracts/examples/DynamicFee.sol";
import {Lockstep} from "@lockstep/contracts/Lockstep.sol";
import {MockInference} from "@lockstep/contracts/mock/MockInference.sol";
import {RecordedAnswers} from "@lockstep/contracts/mock/RecordedAnswers.sol";
import {Market} from "../src/Market.sol";
import {VM} from "../src/Vm.sol";

/// @dev Runs on forge's own EVM, which has no models: the mock stands in for them.
contract DynamicFeeTest {
    DynamicFee private pool;

    function setUp() public {
        MockInference mock = MockInference(address(Lockstep.INFERENCE));
        VM.etch(address(mock), type(MockInference).runtimeCode);
        RecordedAnswers.load(mock);
        pool = new DynamicFee(RecordedAnswers.VOLATILITY);
    }

    function test_aCalmMarketHasALowFee() public {
        require(pool.update(Market.candles(RecordedAnswers.calm())) == 500, "fee");
        require(pool.volatility() == RecordedAnswers.CALM_FORECAST, "forecast");
    }

    function test_aWildMarketHasAHighFee() public {
        VM.expectEmit(address(pool));
        emit DynamicFee.FeeChanged(address(this), RecordedAnswers.WILD_FORECAST, 10_000);
        pool.update(Market.candles(RecordedAnswers.wild()));
        require(pool.fee() == 10_000, "fee");
    }

    function test_aMarketThatNobodyRecordedIsRefused() public view {
        DynamicFee.Candle[10] memory candles = Market.candles(RecordedAnswers.calm());
        candles[9].close++;
        try pool.forecast(candles) {
            revert("answered");
        } catch (bytes memory reason) {
            require(bytes4(reason) == MockInference.NotRecorded.selector, "another error");
        }
    }

    function testFuzz_theTiersRiseWithTheForecast(int256 low, int256 high) public view {
        if (low > high) (low, high) = (high, low);
        require(pool.feeAt(low) <= pool.feeAt(high), "falls");
    }
}
