// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// An ERC-20 that can be told to keep balances to itself: everybody's, or one holder's.
contract SecretiveToken is ERC20 {
    bool public secretive;
    mapping(address => bool) public hidden;

    constructor() ERC20("Secretive", "SCRT") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function keepSecrets(bool yes) external {
        secretive = yes;
    }

    function hide(address holder, bool yes) external {
        hidden[holder] = yes;
    }

    function balanceOf(address holder) public view override returns (uint256) {
        require(!secretive && !hidden[holder], "secret");
        return super.balanceOf(holder);
    }
}
