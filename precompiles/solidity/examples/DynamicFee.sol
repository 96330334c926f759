// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Lockstep} from "../Lockstep.sol";

/// @title A pool's fee that follows the volatility a model forecasts from the last ten candles.
contract DynamicFee {
    /// @dev Prices in any one unit.
    struct Candle {
        uint256 open;
        uint256 high;
        uint256 low;
        uint256 close;
    }

    uint8 public constant DECIMALS = 6;
    uint256 public constant CANDLES = 10;

    /// @dev Bounds between the tiers: 1 % and 3 % a candle.
    int256 public constant CALM = 1_000_000;
    int256 public constant WILD = 3_000_000;

    bytes32 public immutable model;

    /// @notice In hundredths of a basis point: 500 is 0.05 %.
    uint24 public fee = 3_000;

    /// @notice The last forecast, in percent with {DECIMALS} decimals.
    int256 public volatility;

    event FeeChanged(address indexed by, int256 volatility, uint24 fee);

    constructor(bytes32 model_) {
        model = model_;
    }

    /// @notice Sets the fee for the candle to come.
    function update(Candle[10] calldata candles) external returns (uint24) {
        volatility = forecast(candles);
        fee = feeAt(volatility);
        emit FeeChanged(msg.sender, volatility, fee);
        return fee;
    }

    /// @notice The volatility of the next candle, in percent with {DECIMALS} decimals.
    function forecast(Candle[10] calldata candles) public view returns (int256) {
        return Lockstep.regress(model, features(candles), DECIMALS);
    }

    /// @notice What the model takes: every price's distance from the first one, in percent.
    function features(Candle[10] calldata candles) public pure returns (int256[] memory input) {
        uint256 first = candles[0].open;
        input = new int256[](4 * CANDLES);
        for (uint256 i = 0; i < CANDLES; i++) {
            Candle calldata candle = candles[i];
            input[4 * i] = Lockstep.percentChange(candle.open, first, DECIMALS);
            input[4 * i + 1] = Lockstep.percentChange(candle.high, first, DECIMALS);
            input[4 * i + 2] = Lockstep.percentChange(candle.low, first, DECIMALS);
            input[4 * i + 3] = Lockstep.percentChange(candle.close, first, DECIMALS);
        }
    }

    /// @notice The tier of a volatility.
    function feeAt(int256 forecast_) public pure returns (uint24) {
        if (forecast_ < CALM) return 500;
        return forecast_ < WILD ? 3_000 : 10_000;
    }
}
