// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// A points token that tells of what it makes and takes by Mint and Burn alone.
contract NoticeToken {
    event Mint(address indexed to, uint256 amount);
    event Burn(address indexed from, uint256 amount);

    mapping(address => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        emit Mint(to, amount);
    }

    function burn(uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        emit Burn(msg.sender, amount);
    }
}
