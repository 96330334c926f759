// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Models, called by contracts.
/// @notice Every node executes the model, bit for bit alike. The price is known beforehand: `quote` is what a call is
/// charged, before the model runs, whichever of the three ways to call it is taken. Calls may be static.
interface IInference {
    /// @notice A tensor's real value is `(q - zeroPoint) * multiplier / 2^shift`.
    /// @param kind 1 for int8, 2 for int16, 3 for int32
    /// @param shape extents, outermost first; elements lie row-major
    /// @param name empty where the model gives none
    struct TensorSpec {
        uint8 kind;
        uint32[] shape;
        int64 multiplier;
        uint8 shift;
        int64 zeroPoint;
        string name;
    }

    /// @param gas what a call of the model is charged
    /// @param macs multiply-accumulates of a call
    /// @param sizeBytes size of the model's file
    struct ModelSpec {
        TensorSpec[] inputs;
        TensorSpec[] outputs;
        uint64 gas;
        uint64 macs;
        uint64 sizeBytes;
    }

    /// @notice No model has this id.
    error ModelNotFound(bytes32 model);
    /// @notice The model is known, but may not be called: not yet or not any more.
    error ModelNotActive(bytes32 model);
    /// @notice The input has another size than the model's: bytes for `infer`, elements for the others.
    error InputLength(uint256 expected, uint256 actual);
    /// @notice This element does not fit the range that the model takes.
    error InputOutOfRange(uint256 index);
    /// @notice The call is not encoded as an ABI encoder would, or asks for more decimals than its answer can hold.
    error BadCalldata();

    /// @notice Raw integers: the inputs' elements one after the other in declared order, row-major, big-endian two's
    /// complement of the declared width; the outputs likewise.
    function infer(bytes32 model, bytes calldata input) external view returns (bytes memory output);

    /// @notice The same with one int256 an element, for contracts that compute on the integers.
    function inferInts(bytes32 model, int256[] calldata input) external view returns (int256[] memory output);

    /// @notice Real numbers as decimals: value = mantissa / 10^decimals, rounded once, half to even, to and from the
    /// model's scale.
    /// @param decimals at most 77
    function inferDecimals(bytes32 model, int256[] calldata mantissas, uint8 decimals)
        external
        view
        returns (int256[] memory outputMantissas);

    /// @notice What a call of the model is charged, to the unit.
    function quote(bytes32 model) external view returns (uint64 gas);

    /// @notice What the model takes and gives.
    function describe(bytes32 model) external view returns (ModelSpec memory);
}
