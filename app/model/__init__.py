"""The canonical model: OCPI 2.3.0 edition 2 plus the named extension. Ground floor: imports nothing from other rooms."""
