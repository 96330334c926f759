// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @dev The few of forge's cheat codes that are used here.
interface Vm {
    function etch(address target, bytes calldata code) external;
    function envBytes32(string calldata name) external view returns (bytes32);
    function expectEmit(address emitter) external;
    function startBroadcast() external;
    function stopBroadcast() external;
    function rpc(string calldata method, string calldata params) external returns (bytes memory data);
    function toString(bytes calldata value) external pure returns (string memory);
}

Vm constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
