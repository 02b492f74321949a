// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Tells of whatever it is asked to; nothing of it is true.
contract Spoofer {
    /// A log with these topics, one to four.
    function tell(bytes32[] calldata topics, bytes calldata data) external {
        bytes memory copy = data;
        bytes32[4] memory t;
        for (uint256 i = 0; i < topics.length; i++) t[i] = topics[i];
        uint256 count = topics.length;
        assembly ("memory-safe") {
            let from := add(copy, 32)
            let size := mload(copy)
            switch count
            case 1 { log1(from, size, mload(t)) }
            case 2 { log2(from, size, mload(t), mload(add(t, 32))) }
            case 3 { log3(from, size, mload(t), mload(add(t, 32)), mload(add(t, 64))) }
            default {
                log4(from, size, mload(t), mload(add(t, 32)), mload(add(t, 64)), mload(add(t, 96)))
            }
        }
    }
}
