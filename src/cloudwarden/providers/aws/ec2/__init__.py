"""What EC2 and load balancer declarations cannot say: answers into rules, peerings, targets."""
