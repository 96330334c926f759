// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DigitReader} from "@lockstep/contracts/examples/DigitReader.sol";
import {Lockstep} from "@lockstep/contracts/Lockstep.sol";
import {MockInference} from "@lockstep/contracts/mock/MockInference.sol";
import {RecordedAnswers} from "@lockstep/contracts/mock/RecordedAnswers.sol";
import {VM} from "../src/Vm.sol";

contract DigitReaderTest {
    function test_readsTheRecordedDigits() public {
        MockInference mock = MockInference(address(Lockstep.INFERENCE));
        VM.etch(address(mock), type(MockInference).runtimeCode);
        RecordedAnswers.load(mock);
        DigitReader reader = new DigitReader(RecordedAnswers.DIGITS);
        for (uint256 digit = 0; digit < 10; digit++) {
            bytes memory picture = RecordedAnswers.picture(digit);
            require(reader.read(picture) == Lockstep.argmax(RecordedAnswers.scores(digit)), "digit");
            require(reader.wasRead(keccak256(picture)), "not remembered");
        }
        require(reader.count() == 10, "count");
    }
}
