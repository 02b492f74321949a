// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Spoofer} from "./Spoofer.sol";

/// A token whose balances and logs have nothing to do with each other.
contract LyingToken is Spoofer {
    mapping(address => uint256) public balanceOf;

    function set(address holder, uint256 amount) external {
        balanceOf[holder] = amount;
    }
}
