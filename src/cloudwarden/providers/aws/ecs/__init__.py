"""What ECS brings: its labels, declared apart from the script that reads them."""
