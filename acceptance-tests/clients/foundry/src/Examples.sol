// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

// The repository's examples, brought into this project by its remapping, as a user's project would.
import {DigitReader} from "@lockstep/contracts/examples/DigitReader.sol";
import {DynamicFee} from "@lockstep/contracts/examples/DynamicFee.sol";
