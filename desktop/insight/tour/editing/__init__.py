"""What the page is made of on which a lesson is changed."""
