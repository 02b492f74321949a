// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// An ERC-20 that keeps a hundredth of each transfer and does not say so.
contract TaxToken {
    event Transfer(address indexed from, address indexed to, uint256 amount);

    mapping(address => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount - amount / 100;
        emit Transfer(msg.sender, to, amount);
        return true;
    }
}
