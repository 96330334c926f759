// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Lockstep} from "../Lockstep.sol";

/// @title Reads handwritten digits and remembers what it read.
contract DigitReader {
    bytes32 public immutable model;

    /// @notice How many pictures were read.
    uint256 public count;

    /// @notice The digits read, by the hash of their picture; see {wasRead}.
    mapping(bytes32 picture => uint8) public digitOf;
    mapping(bytes32 picture => bool) public wasRead;

    event DigitRead(address indexed by, bytes32 indexed picture, uint8 digit);

    constructor(bytes32 model_) {
        model = model_;
    }

    /// @notice Reads a picture and stores the digit.
    /// @param pixels grey values, one byte each, row by row: 0 is paper, 255 is ink
    function read(bytes calldata pixels) external returns (uint8 digit) {
        digit = look(pixels);
        bytes32 picture = keccak256(pixels);
        digitOf[picture] = digit;
        wasRead[picture] = true;
        count++;
        emit DigitRead(msg.sender, picture, digit);
    }

    /// @notice Reads a picture and stores nothing.
    function look(bytes calldata pixels) public view returns (uint8) {
        return uint8(Lockstep.classify(model, pixels));
    }
}
