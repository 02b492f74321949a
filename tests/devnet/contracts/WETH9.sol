// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Wrapped ether's shape: what comes in and goes out is told by events of its own, not by Transfer.
contract WETH9 {
    event Transfer(address indexed src, address indexed dst, uint256 wad);
    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);

    mapping(address => uint256) public balanceOf;

    function deposit() external payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 wad) external {
        balanceOf[msg.sender] -= wad;
        payable(msg.sender).transfer(wad);
        emit Withdrawal(msg.sender, wad);
    }

    function transfer(address to, uint256 wad) external returns (bool) {
        balanceOf[msg.sender] -= wad;
        balanceOf[to] += wad;
        emit Transfer(msg.sender, to, wad);
        return true;
    }
}
