"""What may be asked of the controls of money: decisions about the cases that they found."""
