// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Erc20} from "./Erc20.sol";

/// A pair with constant product: reserves in one slot, a fee of 0.3 %.
contract Pair {
    Erc20 private immutable token0;
    Erc20 private immutable token1;

    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private updated;
    uint256 private price0Cumulative;
    uint256 private price1Cumulative;
    uint256 private unlocked = 1;

    event Sync(uint112 reserve0, uint112 reserve1);
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );

    modifier lock() {
        require(unlocked == 1, "locked");
        unlocked = 0;
        _;
        unlocked = 1;
    }

    constructor(Erc20 first, Erc20 second) {
        token0 = first;
        token1 = second;
    }

    function reserves() public view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, updated);
    }

    function sync() external lock {
        update(token0.balanceOf(address(this)), token1.balanceOf(address(this)), reserve0, reserve1);
    }

    function swap(uint256 amount0Out, uint256 amount1Out, address to) external lock {
        require(amount0Out > 0 || amount1Out > 0, "no output");
        (uint112 before0, uint112 before1,) = reserves();
        require(amount0Out < before0 && amount1Out < before1, "not enough liquidity");
        require(to != address(token0) && to != address(token1), "bad receiver");
        if (amount0Out > 0) require(token0.transfer(to, amount0Out), "transfer failed");
        if (amount1Out > 0) require(token1.transfer(to, amount1Out), "transfer failed");
        uint256 balance0 = token0.balanceOf(address(this));
        uint256 balance1 = token1.balanceOf(address(this));
        uint256 in0 = balance0 > before0 - amount0Out ? balance0 - (before0 - amount0Out) : 0;
        uint256 in1 = balance1 > before1 - amount1Out ? balance1 - (before1 - amount1Out) : 0;
        require(in0 > 0 || in1 > 0, "no input");
        {
            uint256 adjusted0 = balance0 * 1000 - in0 * 3;
            uint256 adjusted1 = balance1 * 1000 - in1 * 3;
            require(adjusted0 * adjusted1 >= uint256(before0) * before1 * 1000 ** 2, "K");
        }
        update(balance0, balance1, before0, before1);
        emit Swap(msg.sender, in0, in1, amount0Out, amount1Out, to);
    }

    function update(uint256 balance0, uint256 balance1, uint112 before0, uint112 before1) private {
        require(balance0 <= type(uint112).max && balance1 <= type(uint112).max, "overflow");
        unchecked {
            // Not 0 in any block, so that gas does not depend on the clock.
            uint32 time = uint32(block.timestamp) + 1;
            uint32 elapsed = time - updated;
            if (elapsed > 0 && before0 != 0 && before1 != 0) {
                price0Cumulative += ((uint256(before1) << 112) / before0) * elapsed;
                price1Cumulative += ((uint256(before0) << 112) / before1) * elapsed;
            }
            updated = time;
        }
        reserve0 = uint112(balance0);
        reserve1 = uint112(balance1);
        emit Sync(reserve0, reserve1);
    }
}

/// Swaps to and fro, as a router does: quote, pay, take.
contract Swaps {
    function run(uint256 swaps) external returns (uint256) {
        Erc20 first = new Erc20();
        Erc20 second = new Erc20();
        Pair pair = new Pair(first, second);
        first.mint(address(pair), 1e24);
        second.mint(address(pair), 2e24);
        pair.sync();
        first.mint(address(this), 1e24);
        second.mint(address(this), 1e24);
        for (uint256 i = 0; i < swaps; i++) {
            (uint112 reserve0, uint112 reserve1,) = pair.reserves();
            uint256 amountIn = 1e15 + i * 1e9;
            if (i % 2 == 0) {
                first.transfer(address(pair), amountIn);
                pair.swap(0, quote(amountIn, reserve0, reserve1), address(this));
            } else {
                second.transfer(address(pair), amountIn);
                pair.swap(quote(amountIn, reserve1, reserve0), 0, address(this));
            }
        }
        return first.balanceOf(address(this)) ^ second.balanceOf(address(this));
    }

    function quote(uint256 amountIn, uint256 reserveIn, uint256 reserveOut) private pure returns (uint256) {
        uint256 afterFee = amountIn * 997;
        return afterFee * reserveOut / (reserveIn * 1000 + afterFee);
    }
}
