// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

contract Erc20 {
    string public constant name = "Speed";
    string public constant symbol = "SPD";
    uint8 public constant decimals = 18;

    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    error InsufficientBalance(address owner, uint256 balance, uint256 needed);
    error InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < value) revert InsufficientAllowance(msg.sender, allowed, value);
        allowance[from][msg.sender] = allowed - value;
        move(from, to, value);
        return true;
    }

    function move(address from, address to, uint256 value) private {
        uint256 balance = balanceOf[from];
        if (balance < value) revert InsufficientBalance(from, balance, value);
        unchecked {
            balanceOf[from] = balance - value;
        }
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

/// Holds tokens and lets its maker spend them.
contract Holder {
    constructor(Erc20 token) {
        token.approve(msg.sender, type(uint256).max);
    }
}

/// Transfers among sixteen accounts, whose slots are warm after the first round.
contract Erc20Warm {
    function run(uint256 transfers) external returns (uint256) {
        Erc20 token = new Erc20();
        address[16] memory holders;
        for (uint256 i = 0; i < holders.length; i++) {
            holders[i] = address(new Holder(token));
            token.mint(holders[i], 1e24);
        }
        for (uint256 i = 0; i < transfers; i++) {
            token.transferFrom(holders[i % 16], holders[(i * 7 + 3) % 16], 1e12 + i);
        }
        return token.balanceOf(holders[3]);
    }
}

/// Every transfer to an account that had none: a cold slot and a new one each.
contract Erc20Cold {
    function run(uint256 transfers) external returns (uint256) {
        Erc20 token = new Erc20();
        token.mint(address(this), 1e30);
        for (uint256 i = 0; i < transfers; i++) {
            token.transfer(address(uint160(uint256(keccak256(abi.encode(i))))), 1e12 + i);
        }
        return token.balanceOf(address(this));
    }
}
