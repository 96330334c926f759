// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Stands in for the Inference precompile where there is none: in `forge test`, in scripts, on other chains' forks.
/// @notice It gives the answers that it was given, and reverts to any other question. Use:
///
///     MockInference mock = MockInference(0x0000000000000000000000000000000000000a01);
///     vm.etch(address(mock), type(MockInference).runtimeCode);
///     mock.record(callData, returnData);
///
/// `cast call 0x0000000000000000000000000000000000000a01 --data CALLDATA` on a Lockstep node prints `returnData`;
/// {RecordedAnswers} holds some that were taken from the models of the repository.
contract MockInference {
    struct Answer {
        bool isKnown;
        bool isRevert;
        bytes data;
    }

    mapping(bytes32 question => Answer) private answers;

    /// @notice Nobody recorded an answer to this call.
    error NotRecorded(bytes callData);

    /// @notice From now on, a call with `callData` returns `returnData`.
    function record(bytes calldata callData, bytes calldata returnData) external {
        answers[keccak256(callData)] = Answer(true, false, returnData);
    }

    /// @notice From now on, a call with `callData` reverts with `errorData`.
    function recordRevert(bytes calldata callData, bytes calldata errorData) external {
        answers[keccak256(callData)] = Answer(true, true, errorData);
    }

    fallback() external {
        Answer storage answer = answers[keccak256(msg.data)];
        if (!answer.isKnown) revert NotRecorded(msg.data);
        bytes memory data = answer.data;
        if (answer.isRevert) {
            assembly {
                revert(add(data, 32), mload(data))
            }
        }
        assembly {
            return(add(data, 32), mload(data))
        }
    }
}
