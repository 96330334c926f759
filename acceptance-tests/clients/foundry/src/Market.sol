// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DynamicFee} from "@lockstep/contracts/examples/DynamicFee.sol";

/// @dev The recorded prices as the contract takes them.
library Market {
    function candles(uint256[40] memory prices) internal pure returns (DynamicFee.Candle[10] memory all) {
        for (uint256 i = 0; i < 10; i++) {
            all[i] = DynamicFee.Candle(prices[4 * i], prices[4 * i + 1], prices[4 * i + 2], prices[4 * i + 3]);
        }
    }
}
