// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Keeps the validators of a QBFT chain: `config.qbft.validatorcontractaddress`, or a transition with
/// `validatorselectionmode` "contract". The validators of a block are those that it names after the block before.
/// In a genesis file: the deployed code, the owner in slot 0, the count in slot 1, the addresses from
/// keccak256(1) on.
contract ValidatorList {
    address public owner;
    address[] private validators;

    error NotOwner(address caller);
    error AlreadyThere(address validator);
    error NotThere(address validator);
    /// A chain without validators stops for good.
    error LastOne(address validator);

    event Added(address indexed validator);
    event Removed(address indexed validator);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    constructor(address[] memory initial) {
        owner = msg.sender;
        for (uint256 i = 0; i < initial.length; i++) _add(initial[i]);
    }

    function getValidators() external view returns (address[] memory) {
        return validators;
    }

    function add(address validator) external onlyOwner {
        _add(validator);
    }

    function remove(address validator) external onlyOwner {
        if (validators.length == 1) revert LastOne(validator);
        uint256 place = _place(validator);
        if (place == validators.length) revert NotThere(validator);
        validators[place] = validators[validators.length - 1];
        validators.pop();
        emit Removed(validator);
    }

    function setOwner(address next) external onlyOwner {
        owner = next;
    }

    function _add(address validator) private {
        if (_place(validator) < validators.length) revert AlreadyThere(validator);
        validators.push(validator);
        emit Added(validator);
    }

    function _place(address validator) private view returns (uint256 place) {
        while (place < validators.length && validators[place] != validator) place++;
    }
}
